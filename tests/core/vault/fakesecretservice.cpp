#include "tests/core/vault/fakesecretservice.h"

#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusVariant>
#include <QUuid>

namespace Postroom
{
namespace
{

const QString serviceName = QStringLiteral("org.freedesktop.secrets");
const QString servicePath = QStringLiteral("/org/freedesktop/secrets");
const QString collectionPath = QStringLiteral("/org/freedesktop/secrets/collection/login");
const QString promptPath = QStringLiteral("/org/freedesktop/secrets/prompt/p1");

QVariant objectList(const QStringList &paths)
{
    QList<QDBusObjectPath> objects;
    for (const QString &path : paths)
        objects.append(QDBusObjectPath(path));
    return QVariant::fromValue(objects);
}

} // namespace

FakeSecretService::FakeSecretService()
    : m_bus(QDBusConnection::connectToBus(
          QDBusConnection::SessionBus, QStringLiteral("secrets-") + QUuid::createUuid().toString(QUuid::Id128)))
{
}

FakeSecretService::~FakeSecretService()
{
    stop();
    QDBusConnection::disconnectFromBus(m_bus.name());
}

bool FakeSecretService::start()
{
    return m_bus.registerVirtualObject(servicePath, this, QDBusConnection::SubPath)
        && m_bus.registerService(serviceName);
}

void FakeSecretService::stop()
{
    m_bus.unregisterService(serviceName);
    m_bus.unregisterObject(servicePath, QDBusConnection::UnregisterTree);
}

QString FakeSecretService::introspect(const QString &) const
{
    return {};
}

bool FakeSecretService::handleMessage(const QDBusMessage &message, const QDBusConnection &)
{
    calls.append(message.member());
    const QDBusMessage answer
        = answers.contains(message.member()) ? answers.value(message.member())(message) : answerTo(message);
    if (answer.type() != QDBusMessage::InvalidMessage)
        m_bus.send(answer);
    if (message.member() == QLatin1String("Prompt"))
        finishPrompt();
    return true;
}

QDBusMessage FakeSecretService::answerTo(const QDBusMessage &call)
{
    const QString member = call.member();
    if (member == QLatin1String("ReadAlias"))
        return call.createReply(QVariant::fromValue(QDBusObjectPath(collectionPath)));
    if (member == QLatin1String("Get"))
        return call.createReply(QVariant::fromValue(QDBusVariant(locked)));
    if (member == QLatin1String("SearchItems"))
        return call.createReply({objectList({}), objectList({})});
    if (member == QLatin1String("Unlock")) {
        if (!locked)
            return call.createReply(
                {objectList({collectionPath}), QVariant::fromValue(QDBusObjectPath(QStringLiteral("/")))});
        return call.createReply({objectList({}), QVariant::fromValue(QDBusObjectPath(promptPath))});
    }
    if (member == QLatin1String("Prompt") && promptAnswer == PromptAnswer::Refused)
        return call.createErrorReply(QStringLiteral("org.freedesktop.DBus.Error.Failed"), QStringLiteral("no display"));
    if (member == QLatin1String("Prompt") || member == QLatin1String("Dismiss"))
        return call.createReply();
    return call.createErrorReply(QDBusError::UnknownMethod, member);
}

void FakeSecretService::finishPrompt()
{
    if (promptAnswer == PromptAnswer::None || promptAnswer == PromptAnswer::Refused)
        return;
    if (promptAnswer == PromptAnswer::Accepted)
        locked = false;
    QDBusMessage completed = QDBusMessage::createSignal(
        promptPath, QStringLiteral("org.freedesktop.Secret.Prompt"), QStringLiteral("Completed"));
    completed << (promptAnswer == PromptAnswer::Dismissed) << QVariant::fromValue(QDBusVariant(QString()));
    m_bus.send(completed);
}

} // namespace Postroom
