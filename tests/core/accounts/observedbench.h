// A home in which other programs keep sign-ins, for the tests of observing them.
#pragma once

#include "core/accounts/observedaccounts.h"
#include "core/base/files.h"
#include "tests/core/accounts/accountbench.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <fcntl.h>
#include <sys/stat.h>

namespace Postroom
{

// The accounts bench with a `claude` profile where none is built in, and the observer beside it.
class ObservedBench
{
public:
    ObservedBench()
    {
        [[maybe_unused]] const auto claude = bench.profiles->add(R"({
            "id": "claude", "name": "Claude", "kind": "claude",
            "endpoints": { "token": "https://claude.test/v1/oauth/token" },
            "scopes": { "default": ["user:inference"], "offered": [] }
        })");
        places = observedPlaces(home.path(), QProcessEnvironment());
    }
    ~ObservedBench() { stop(); }

    void start()
    {
        observed = std::make_unique<ObservedAccounts>(
            ObservedAccounts::Collaborators{bench.service.get(), bench.profiles.get(), &bench.clock, places});
        observed->start();
    }
    void stop()
    {
        if (observed)
            QCoro::waitFor(observed->shutdown());
        observed.reset();
    }
    // As after a crash and a new start of the program: what is on disk and in the keychain is all there is.
    void restart()
    {
        stop();
        bench.restart();
        start();
    }
    // The profile that is built in, or the one made above.
    ProviderProfile claude() const
    {
        return bench.profiles->find(QStringLiteral("claude")).value_or(ProviderProfile());
    }
    QString claudeTokenKey() const { return QStringLiteral("POST ") + claude().endpoints.token.path(); }
    Result<AccountId> adopt(const AccountId &id) { return QCoro::waitFor(observed->adopt(id)); }
    AccountId only() const
    {
        const auto all = observed->accounts();
        return all.size() == 1 ? all.constFirst().id : AccountId();
    }
    std::optional<Credential> stored(const QString &provider, const AccountId &id)
    {
        const auto value = QCoro::waitFor(bench.vault.read(QStringLiteral("v1/%1/%2").arg(provider, id.text())));
        const auto credential = value ? decodeCredential(*value) : Result<Credential>(failCancelled());
        return credential ? std::optional(*credential) : std::nullopt;
    }

    QString path(const QString &relative) const { return home.filePath(relative); }
    // As programs do it: a temporary file, then a rename.
    bool put(const QString &relative, const QByteArray &content, unsigned mode = 0600) const
    {
        return QDir().mkpath(QFileInfo(path(relative)).absolutePath())
            && writeFileAtomically(path(relative), content, mode).has_value();
    }
    bool put(const QString &relative, const QJsonObject &content) const
    {
        return put(relative, QJsonDocument(content).toJson());
    }
    bool putSession(const QString &refreshToken, const QDateTime &accessEnd) const
    {
        return put(QStringLiteral(".agentworkforce/relay/cloud-auth.json"),
            QJsonObject{{QStringLiteral("apiUrl"), QStringLiteral("https://cloud.test/cloud")},
                {QStringLiteral("accessToken"), QStringLiteral("at-") + refreshToken},
                {QStringLiteral("refreshToken"), refreshToken},
                {QStringLiteral("accessTokenExpiresAt"), accessEnd.toString(Qt::ISODate)}});
    }
    bool putClaude(const QString &refreshToken, const QDateTime &accessEnd) const
    {
        return put(QStringLiteral(".claude/.credentials.json"),
            QJsonObject{{QStringLiteral("claudeAiOauth"),
                            QJsonObject{{QStringLiteral("accessToken"), QStringLiteral("at-claude-") + refreshToken},
                                {QStringLiteral("refreshToken"), refreshToken},
                                {QStringLiteral("expiresAt"), accessEnd.toMSecsSinceEpoch()},
                                {QStringLiteral("scopes"), QJsonArray{QStringLiteral("user:inference")}},
                                {QStringLiteral("subscriptionType"), QStringLiteral("max")}}},
                {QStringLiteral("mcpOAuth"), QJsonObject{{QStringLiteral("other"), QStringLiteral("kept")}}}});
    }
    bool putBundle(const QString &file, const QString &refreshToken, const QStringList &scopes,
        const QString &workspace = QStringLiteral("rw_1")) const
    {
        const QByteArray claims = QJsonDocument(
            QJsonObject{{QStringLiteral("wks"), workspace}, {QStringLiteral("sub"), QStringLiteral("relayfile-cli")},
                {QStringLiteral("exp"), bench.clock.now().addSecs(3600).toSecsSinceEpoch()}})
                                      .toJson(QJsonDocument::Compact)
                                      .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
        return put(QStringLiteral(".relayfile/delegated/") + file,
            QJsonObject{{QStringLiteral("relayfileUrl"), QStringLiteral("https://files.test")},
                {QStringLiteral("relayfileWorkspaceId"), workspace},
                {QStringLiteral("accessToken"),
                    QStringLiteral("relay_pa_e30.%1.c2ln").arg(QString::fromLatin1(claims))},
                {QStringLiteral("refreshToken"), refreshToken},
                {QStringLiteral("relayauthUrl"), QStringLiteral("https://auth.test/")},
                {QStringLiteral("scopes"), QJsonArray::fromStringList(scopes)}, {QStringLiteral("somethingNew"), 7}});
    }
    // The modification time of a path, by the bench's clock.
    bool age(const QString &path, std::chrono::seconds age) const
    {
        const auto seconds = static_cast<time_t>(bench.clock.now().addSecs(-age.count()).toSecsSinceEpoch());
        struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
        return ::utimensat(AT_FDCWD, QFile::encodeName(path).constData(), times, AT_SYMLINK_NOFOLLOW) == 0;
    }
    QByteArray content(const QString &relative) const
    {
        QFile file(path(relative));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    QTemporaryDir home;
    AccountBench bench;
    ObservedPlaces places;
    std::unique_ptr<ObservedAccounts> observed;
};

} // namespace Postroom
