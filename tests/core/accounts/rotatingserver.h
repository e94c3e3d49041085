// An authorisation server that rotates refresh tokens. It answers in the test's own event loop, while other processes
// ask.
#pragma once

#include "tests/support/scriptedserver.h"

#include <QSet>

namespace Postroom
{

class RotatingServer
{
public:
    // What a spent refresh token brings: a new pair after all, or the end of the whole grant.
    enum class Reuse { Forgiven, EndsTheGrant };

    explicit RotatingServer(Reuse reuse) : m_reuse(reuse)
    {
        m_server.setHandler([this](const ScriptedRequest &request) { return answer(request); });
    }

    QUrl url(const QString &path) const { return m_server.url(path); }
    int requests() const { return m_requests; }
    int reuses() const { return m_reuses; }
    bool isRevoked() const { return m_revoked; }
    // Live now.
    QByteArray refreshToken() const { return "refresh-" + QByteArray::number(m_pair); }
    QByteArray accessToken() const { return "access-" + QByteArray::number(m_pair); }

private:
    Script answer(const ScriptedRequest &request)
    {
        if (request.method != "POST" || request.target != "/token")
            return Script::json(404, {});
        ++m_requests;
        const QByteArray sent = request.form().value(QStringLiteral("refresh_token")).toLatin1();
        const bool spent = m_spent.contains(sent);
        m_reuses += spent ? 1 : 0;
        if (spent && m_reuse == Reuse::EndsTheGrant)
            m_revoked = true;
        if (m_revoked || (!spent && sent != refreshToken()))
            return Script::json(400, {{QStringLiteral("error"), QStringLiteral("invalid_grant")}});
        m_spent.insert(refreshToken());
        ++m_pair;
        return Script::json(200,
            {{QStringLiteral("access_token"), QString::fromLatin1(accessToken())},
                {QStringLiteral("refresh_token"), QString::fromLatin1(refreshToken())},
                {QStringLiteral("token_type"), QStringLiteral("Bearer")}, {QStringLiteral("expires_in"), 3600}});
    }

    Reuse m_reuse;
    ScriptedServer m_server;
    QSet<QByteArray> m_spent;
    int m_pair = 1;
    int m_requests = 0;
    int m_reuses = 0;
    bool m_revoked = false;
};

} // namespace Postroom
