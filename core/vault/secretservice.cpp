#include "core/vault/secretservice.h"

#include <QCoroSignal>
#include <QDBusConnection>
#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusPendingCallWatcher>
#include <QDBusVariant>
#include <QDeadlineTimer>
#include <algorithm>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/vault/secretprompt.h"

namespace Postroom
{
namespace
{

const QString serviceName = QStringLiteral("org.freedesktop.secrets");
const QString servicePath = QStringLiteral("/org/freedesktop/secrets");
const QString serviceInterface = QStringLiteral("org.freedesktop.Secret.Service");
const QString collectionInterface = QStringLiteral("org.freedesktop.Secret.Collection");
const QString propertiesInterface = QStringLiteral("org.freedesktop.DBus.Properties");
const QString busName = QStringLiteral("org.freedesktop.DBus");
const QString busPath = QStringLiteral("/org/freedesktop/DBus");
const QString walletName = QStringLiteral("org.kde.kwalletd5");

// Our own marks on a message, where the bus uses one name for two things or has none.
const QString timedOut = QStringLiteral("org.postroom.TimedOut");

QDBusMessage serviceCall(const QString &method)
{
    return QDBusMessage::createMethodCall(serviceName, servicePath, serviceInterface, method);
}

std::chrono::milliseconds left(const QDeadlineTimer &deadline)
{
    return std::chrono::milliseconds(std::max<qint64>(1, deadline.remainingTime()));
}

bool isAnswer(const QDBusMessage &message, const char *signature)
{
    return message.type() == QDBusMessage::ReplyMessage && message.signature() == QLatin1String(signature);
}

QStringList pathsOf(const QVariant &argument)
{
    QStringList paths;
    const auto objects = qdbus_cast<QList<QDBusObjectPath>>(argument);
    for (const QDBusObjectPath &object : objects)
        paths.append(object.path());
    return paths;
}

QString wordsOf(const QDBusMessage &message)
{
    if (message.type() != QDBusMessage::ErrorMessage)
        return QStringLiteral("an answer of another shape");
    return oneLine(redacted(message.errorName() + QStringLiteral(": ") + message.errorMessage()));
}

// The keychain library asks KWallet before the Secret Service in these sessions.
bool isWalletSession()
{
    const QByteArray desktop = qgetenv("XDG_CURRENT_DESKTOP");
    const bool kde = desktop == "KDE" || !qEnvironmentVariableIsEmpty("KDE_FULL_SESSION");
    return kde && qgetenv("KDE_SESSION_VERSION") == "5";
}

} // namespace

bool SecretService::ensureConnected()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return false;
    if (std::exchange(m_subscribed, true))
        return true;
    qDBusRegisterMetaType<QMap<QString, QString>>();
    // No sender is named: QtDBus would ask the bus for its owner and wait for the answer. A forged signal makes us look
    // again, and nothing else.
    bus.connect(QString(), busPath, busName, QStringLiteral("NameOwnerChanged"), {serviceName}, QString(), this,
        SLOT(onOwnerChanged(QString, QString, QString)));
    bus.connect(QString(), servicePath, serviceInterface, QStringLiteral("CollectionCreated"), this, SLOT(onTouched()));
    bus.connect(QString(), servicePath, serviceInterface, QStringLiteral("CollectionDeleted"), this, SLOT(onTouched()));
    bus.connect(QString(), servicePath, serviceInterface, QStringLiteral("CollectionChanged"), this, SLOT(onTouched()));
    bus.connect(QString(), QString(), propertiesInterface, QStringLiteral("PropertiesChanged"), {collectionInterface},
        QString(), this, SLOT(onTouched()));
    bus.connect(QString(), QStringLiteral("/org/freedesktop/DBus/Local"), QStringLiteral("org.freedesktop.DBus.Local"),
        QStringLiteral("Disconnected"), this, SLOT(onDisconnected()));
    return true;
}

void SecretService::onOwnerChanged(const QString &name, const QString &, const QString &after)
{
    if (name != serviceName)
        return;
    if (after.isEmpty())
        Q_EMIT disappeared();
    else
        Q_EMIT appeared();
}

void SecretService::onTouched()
{
    Q_EMIT touched();
}

void SecretService::onDisconnected()
{
    Q_EMIT disappeared();
}

QCoro::Task<QDBusMessage> SecretService::ask(QDBusMessage call, std::chrono::milliseconds limit)
{
    const QDeadlineTimer deadline(limit);
    const QDBusPendingCall pending = QDBusConnection::sessionBus().asyncCall(call, static_cast<int>(limit.count()));
    QDBusPendingCallWatcher watcher(pending);
    if (!watcher.isFinished())
        co_await qCoro(&watcher, &QDBusPendingCallWatcher::finished);
    QDBusMessage answer = watcher.reply();
    // The bus says "no reply" both for silence and for a service that went away with our call. QtDBus measures with a
    // timer that may be early by some percent.
    const bool silent = answer.type() == QDBusMessage::ErrorMessage && watcher.error().type() == QDBusError::NoReply
        && deadline.remainingTime() <= limit.count() / 8;
    if (silent)
        co_return QDBusMessage::createError(timedOut, answer.errorMessage());
    co_return answer;
}

// Whether the name can be reached: Unknown when it can, otherwise Absent or Hung.
QCoro::Task<VaultState> SecretService::reach(QString name, std::chrono::milliseconds limit, Activation activation)
{
    const QDeadlineTimer deadline(limit);
    QDBusMessage call = QDBusMessage::createMethodCall(busName, busPath, busName, QStringLiteral("NameHasOwner"));
    call << name;
    const QDBusMessage owned = co_await ask(call, left(deadline));
    if (owned.errorName() == timedOut)
        co_return VaultState::Hung;
    if (isAnswer(owned, "b") && owned.arguments().constFirst().toBool())
        co_return VaultState::Unknown;
    if (activation == Activation::Avoided)
        co_return VaultState::Absent;
    const QDBusMessage list
        = QDBusMessage::createMethodCall(busName, busPath, busName, QStringLiteral("ListActivatableNames"));
    const QDBusMessage known = co_await ask(list, left(deadline));
    if (known.errorName() == timedOut)
        co_return VaultState::Hung;
    const bool startable = isAnswer(known, "as") && known.arguments().constFirst().toStringList().contains(name);
    co_return startable ? VaultState::Unknown : VaultState::Absent;
}

QCoro::Task<SecretService::Standing> SecretService::inspect(std::chrono::milliseconds limit, Activation activation)
{
    const QDeadlineTimer deadline(limit);
    Standing standing = co_await inspectOnce(left(deadline), activation);
    // A service that went away in the middle may be back already.
    if (standing.state == VaultState::Unknown)
        standing = co_await inspectOnce(left(deadline), activation);
    if (standing.state == VaultState::Unknown)
        standing.state = VaultState::Absent;
    co_return standing;
}

QCoro::Task<SecretService::Standing> SecretService::inspectOnce(std::chrono::milliseconds limit, Activation activation)
{
    const QDeadlineTimer deadline(limit);
    Standing standing;
#if defined(Q_OS_MACOS) || defined(Q_OS_WIN)
    standing.state = VaultState::Unlocked;
    standing.answersForItself = true;
    co_return standing;
#endif
    if (!ensureConnected()) {
        standing.state = VaultState::Absent;
        standing.detail = QStringLiteral("no session bus");
        co_return standing;
    }
    if (isWalletSession()) {
        const VaultState wallet = co_await reach(walletName, left(deadline), activation);
        if (wallet == VaultState::Unknown) {
            standing.state = VaultState::Unlocked;
            standing.answersForItself = true;
            co_return standing;
        }
    }
    standing.state = co_await reach(serviceName, left(deadline), activation);
    if (standing.state != VaultState::Unknown)
        co_return standing;

    const auto judge = [](const QDBusMessage &answer) {
        const QString name = answer.errorName();
        if (name == timedOut)
            return VaultState::Hung;
        if (name == QLatin1String("org.freedesktop.DBus.Error.NoReply"))
            return VaultState::Unknown;
        return VaultState::Absent;
    };

    QDBusMessage alias = serviceCall(QStringLiteral("ReadAlias"));
    alias << QStringLiteral("default");
    const QDBusMessage path = co_await ask(alias, left(deadline));
    if (!isAnswer(path, "o")) {
        standing.state = judge(path);
        standing.detail = wordsOf(path);
        co_return standing;
    }
    standing.collection = path.arguments().constFirst().value<QDBusObjectPath>().path();
    if (standing.collection == QLatin1String("/")) {
        standing.collection.clear();
        standing.state = VaultState::NoCollection;
        co_return standing;
    }

    QDBusMessage property
        = QDBusMessage::createMethodCall(serviceName, standing.collection, propertiesInterface, QStringLiteral("Get"));
    property << collectionInterface << QStringLiteral("Locked");
    const QDBusMessage locked = co_await ask(property, left(deadline));
    if (!isAnswer(locked, "v")) {
        const bool lost = locked.errorName().startsWith(QLatin1String("org.freedesktop.DBus.Error.Unknown"))
            || locked.errorName() == QLatin1String("org.freedesktop.Secret.Error.NoSuchObject");
        standing.state = lost ? VaultState::NoCollection : judge(locked);
        standing.detail = wordsOf(locked);
        co_return standing;
    }
    const QVariant value = locked.arguments().constFirst().value<QDBusVariant>().variant();
    // Anything but a clear "no" counts as locked: that loses nothing.
    const bool open = value.typeId() == QMetaType::Bool && !value.toBool();
    standing.state = open ? VaultState::Unlocked : VaultState::Locked;
    co_return standing;
}

QCoro::Task<SecretService::Found> SecretService::search(
    QMap<QString, QString> attributes, std::chrono::milliseconds limit)
{
    Found found;
    if (!ensureConnected())
        co_return found;
    QDBusMessage call = serviceCall(QStringLiteral("SearchItems"));
    call << QVariant::fromValue(attributes);
    const QDBusMessage answer = co_await ask(call, limit);
    if (!isAnswer(answer, "aoao"))
        co_return found;
    found.answered = true;
    found.open = pathsOf(answer.arguments().at(0));
    found.locked = pathsOf(answer.arguments().at(1));
    co_return found;
}

QCoro::Task<VaultResult<void>> SecretService::unlock(QStringList objects, std::chrono::milliseconds limit)
{
    const QDeadlineTimer deadline(limit);
    if (!ensureConnected())
        co_return tl::unexpected(VaultError{VaultProblem::Absent, {}});
    QList<QDBusObjectPath> paths;
    for (const QString &object : objects)
        paths.append(QDBusObjectPath(object));
    QDBusMessage call = serviceCall(QStringLiteral("Unlock"));
    call << QVariant::fromValue(paths);
    const QDBusMessage answer = co_await ask(call, left(deadline));
    if (answer.errorName() == timedOut)
        co_return tl::unexpected(VaultError{VaultProblem::TimedOut, wordsOf(answer)});
    if (!isAnswer(answer, "aoo"))
        co_return tl::unexpected(VaultError{VaultProblem::Backend, wordsOf(answer)});
    const QString path = answer.arguments().at(1).value<QDBusObjectPath>().path();
    if (path == QLatin1String("/"))
        co_return {};
    const auto prompted = co_await prompt(path, left(deadline));
    co_return prompted;
}

QCoro::Task<VaultResult<void>> SecretService::prompt(QString path, std::chrono::milliseconds limit)
{
    SecretPrompt window(serviceName, path);
    connect(this, &SecretService::disappeared, &window, &SecretPrompt::serviceGone);
    window.show(limit);
    if (window.outcome() == SecretPrompt::Outcome::Open)
        co_await qCoro(&window, &SecretPrompt::ended);
    switch (window.outcome()) {
    case SecretPrompt::Outcome::Answered:
        co_return {};
    case SecretPrompt::Outcome::GivenUp:
        co_return tl::unexpected(VaultError{VaultProblem::TimedOut, QStringLiteral("the prompt was not answered")});
    case SecretPrompt::Outcome::Gone:
        co_return tl::unexpected(VaultError{VaultProblem::Backend, QStringLiteral("the prompt went away")});
    default:
        break;
    }
    co_return tl::unexpected(VaultError{VaultProblem::Denied, QStringLiteral("the prompt was dismissed")});
}

} // namespace Postroom
