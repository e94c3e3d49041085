// A Secret Service that answers what a test wants, for what the real one cannot be brought to do: a prompt that is
// answered, one that is not, and answers of the wrong shape.
#pragma once

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVirtualObject>
#include <QHash>
#include <QStringList>
#include <functional>

namespace Postroom
{

// On a connection of its own, in the test's thread.
class FakeSecretService final : public QDBusVirtualObject
{
    Q_OBJECT
public:
    enum class PromptAnswer { Accepted, Dismissed, AcceptedInVain, None, Refused };
    // Gives the answer to a call; an answer of no type at all leaves the caller waiting.
    using Answer = std::function<QDBusMessage(const QDBusMessage &call)>;

    FakeSecretService();
    ~FakeSecretService() override;

    bool start();
    void stop();

    bool locked = true;
    PromptAnswer promptAnswer = PromptAnswer::Accepted;
    QHash<QString, Answer> answers; // by member, instead of the usual one
    QStringList calls; // members, in order

    bool handleMessage(const QDBusMessage &message, const QDBusConnection &connection) override;
    QString introspect(const QString &path) const override;

private:
    QDBusMessage answerTo(const QDBusMessage &call);
    void finishPrompt();

    QDBusConnection m_bus;
};

} // namespace Postroom
