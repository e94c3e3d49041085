#include "tests/core/vault/keyringcontrol.h"

#include <QDBusArgument>
#include <QDBusMessage>
#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusVariant>
#include <QDeadlineTimer>
#include <QFile>
#include <QUuid>
#include <csignal>

namespace Postroom
{

// A secret on the wire: (oayays).
struct WireSecret {
    QDBusObjectPath session;
    QByteArray parameters;
    QByteArray value;
    QString contentType;
};

static QDBusArgument &operator<<(QDBusArgument &argument, const WireSecret &secret)
{
    argument.beginStructure();
    argument << secret.session << secret.parameters << secret.value << secret.contentType;
    argument.endStructure();
    return argument;
}

static const QDBusArgument &operator>>(const QDBusArgument &argument, WireSecret &secret)
{
    argument.beginStructure();
    argument >> secret.session >> secret.parameters >> secret.value >> secret.contentType;
    argument.endStructure();
    return argument;
}

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::WireSecret)

namespace Postroom
{
namespace
{

const QString serviceName = QStringLiteral("org.freedesktop.secrets");
const QString servicePath = QStringLiteral("/org/freedesktop/secrets");
const QString serviceInterface = QStringLiteral("org.freedesktop.Secret.Service");
const QString collectionInterface = QStringLiteral("org.freedesktop.Secret.Collection");
// How gnome-keyring's own login helper opens a keyring.
const QString helperInterface = QStringLiteral("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface");

QDBusMessage toService(const QString &interface, const QString &method, const QString &path = servicePath)
{
    return QDBusMessage::createMethodCall(serviceName, path, interface, method);
}

bool isReply(const QDBusMessage &message)
{
    if (message.type() != QDBusMessage::ReplyMessage)
        qWarning("%s: %s", qPrintable(message.errorName()), qPrintable(message.errorMessage()));
    return message.type() == QDBusMessage::ReplyMessage;
}

QByteArray password()
{
    return qgetenv("POSTROOM_KEYRING_PASSWORD");
}

} // namespace

const QString KeyringControl::collection = QStringLiteral("/org/freedesktop/secrets/collection/login");

KeyringControl::KeyringControl()
    : m_bus(QDBusConnection::connectToBus(
          QDBusConnection::SessionBus, QStringLiteral("control-") + QUuid::createUuid().toString(QUuid::Id128)))
{
    qDBusRegisterMetaType<WireSecret>();
    qDBusRegisterMetaType<QMap<QString, QString>>();
    QFile file(qEnvironmentVariable("POSTROOM_SESSION_DIR") + QStringLiteral("/keyring.pid"));
    if (file.open(QIODevice::ReadOnly))
        m_pid = file.readAll().trimmed().toLongLong();
}

KeyringControl::~KeyringControl()
{
    if (m_daemon.state() != QProcess::NotRunning) {
        ::kill(static_cast<pid_t>(m_pid), SIGCONT);
        m_daemon.kill();
        m_daemon.waitForFinished();
    }
    QDBusConnection::disconnectFromBus(m_bus.name());
}

QString KeyringControl::openSession()
{
    QDBusMessage call = toService(serviceInterface, QStringLiteral("OpenSession"));
    call << QStringLiteral("plain") << QVariant::fromValue(QDBusVariant(QString()));
    const QDBusMessage answer = m_bus.call(call);
    return isReply(answer) ? answer.arguments().at(1).value<QDBusObjectPath>().path() : QString();
}

bool KeyringControl::lock()
{
    return lockCollection(collection);
}

bool KeyringControl::lockCollection(const QString &path)
{
    QDBusMessage call = toService(serviceInterface, QStringLiteral("Lock"));
    call << QVariant::fromValue(QList<QDBusObjectPath>{QDBusObjectPath(path)});
    return isReply(m_bus.call(call));
}

bool KeyringControl::unlock()
{
    const WireSecret master{QDBusObjectPath(openSession()), {}, password(), QStringLiteral("text/plain")};
    QDBusMessage call = toService(helperInterface, QStringLiteral("UnlockWithMasterPassword"));
    call << QVariant::fromValue(QDBusObjectPath(collection)) << QVariant::fromValue(master);
    return isReply(m_bus.call(call));
}

bool KeyringControl::isLocked()
{
    QDBusMessage call = toService(QStringLiteral("org.freedesktop.DBus.Properties"), QStringLiteral("Get"), collection);
    call << collectionInterface << QStringLiteral("Locked");
    const QDBusMessage answer = m_bus.call(call);
    return isReply(answer) && answer.arguments().constFirst().value<QDBusVariant>().variant().toBool();
}

QStringList KeyringControl::find(const QMap<QString, QString> &attributes)
{
    QDBusMessage call = toService(serviceInterface, QStringLiteral("SearchItems"));
    call << QVariant::fromValue(attributes);
    const QDBusMessage answer = m_bus.call(call);
    QStringList paths;
    if (!isReply(answer))
        return paths;
    for (const QVariant &list : answer.arguments()) {
        const auto objects = qdbus_cast<QList<QDBusObjectPath>>(list);
        for (const QDBusObjectPath &object : objects)
            paths.append(object.path());
    }
    return paths;
}

bool KeyringControl::store(const QMap<QString, QString> &attributes, const QByteArray &content)
{
    const WireSecret secret{QDBusObjectPath(openSession()), {}, content, QStringLiteral("text/plain")};
    const QVariantMap properties{
        {QStringLiteral("org.freedesktop.Secret.Item.Label"), QStringLiteral("put there by a test")},
        {QStringLiteral("org.freedesktop.Secret.Item.Attributes"), QVariant::fromValue(attributes)},
    };
    QDBusMessage alias = toService(serviceInterface, QStringLiteral("ReadAlias"));
    alias << QStringLiteral("default");
    const QDBusMessage target = m_bus.call(alias);
    if (!isReply(target))
        return false;
    const QString path = target.arguments().constFirst().value<QDBusObjectPath>().path();
    QDBusMessage call = toService(collectionInterface, QStringLiteral("CreateItem"), path);
    call << properties << QVariant::fromValue(secret) << true;
    return isReply(m_bus.call(call));
}

QString KeyringControl::addCollection(const QString &label)
{
    const WireSecret master{QDBusObjectPath(openSession()), {}, password(), QStringLiteral("text/plain")};
    const QVariantMap properties{{QStringLiteral("org.freedesktop.Secret.Collection.Label"), label}};
    QDBusMessage call = toService(helperInterface, QStringLiteral("CreateWithMasterPassword"));
    call << properties << QVariant::fromValue(master);
    const QDBusMessage answer = m_bus.call(call);
    return isReply(answer) ? answer.arguments().constFirst().value<QDBusObjectPath>().path() : QString();
}

bool KeyringControl::setDefault(const QString &path)
{
    QDBusMessage call = toService(serviceInterface, QStringLiteral("SetAlias"));
    call << QStringLiteral("default") << QVariant::fromValue(QDBusObjectPath(path));
    return isReply(m_bus.call(call));
}

void KeyringControl::kill()
{
    ::kill(static_cast<pid_t>(m_pid), SIGKILL);
    if (m_daemon.state() != QProcess::NotRunning)
        m_daemon.waitForFinished();
}

bool KeyringControl::start()
{
    m_daemon.setStandardOutputFile(QProcess::nullDevice());
    m_daemon.setStandardErrorFile(QProcess::nullDevice());
    const QString control = qEnvironmentVariable("XDG_RUNTIME_DIR") + QStringLiteral("/keyring-again");
    m_daemon.start(QStringLiteral("gnome-keyring-daemon"),
        {QStringLiteral("--foreground"), QStringLiteral("--components=secrets"),
            QStringLiteral("--control-directory=") + control});
    if (!m_daemon.waitForStarted())
        return false;
    m_pid = m_daemon.processId();
    QProcess wait;
    wait.start(QStringLiteral("gdbus"),
        {QStringLiteral("wait"), QStringLiteral("--session"), QStringLiteral("--timeout"), QStringLiteral("20"),
            serviceName});
    return wait.waitForFinished() && wait.exitCode() == 0;
}

void KeyringControl::stop()
{
    ::kill(static_cast<pid_t>(m_pid), SIGSTOP);
}

void KeyringControl::carryOn()
{
    ::kill(static_cast<pid_t>(m_pid), SIGCONT);
}

PromptMonitor::PromptMonitor()
{
    m_monitor.setProcessChannelMode(QProcess::MergedChannels);
    m_monitor.start(QStringLiteral("dbus-monitor"),
        {QStringLiteral("--session"), QStringLiteral("type='method_call',interface='org.freedesktop.Secret.Prompt'")});
    // The monitor is told that it lost its name when it has become one.
    m_ready = m_monitor.waitForStarted() && waitFor("NameLost");
}

PromptMonitor::~PromptMonitor()
{
    m_monitor.kill();
    m_monitor.waitForFinished();
}

bool PromptMonitor::waitFor(const QByteArray &text)
{
    const QDeadlineTimer deadline(10'000);
    while (!m_seen.contains(text) && !deadline.hasExpired()) {
        m_monitor.waitForReadyRead(100);
        m_seen += m_monitor.readAll();
    }
    return m_seen.contains(text);
}

int PromptMonitor::count()
{
    // A call of our own that the monitor sees after everything before it.
    const QString mark = QStringLiteral("Mark%1x").arg(++m_marks);
    QDBusConnection bus = QDBusConnection::sessionBus();
    bus.call(QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.DBus"),
        QStringLiteral("/org/freedesktop/DBus"), QStringLiteral("org.freedesktop.Secret.Prompt"), mark));
    if (!waitFor(mark.toLatin1()))
        return -1;
    return static_cast<int>(m_seen.count("member=Prompt\n"));
}

} // namespace Postroom
