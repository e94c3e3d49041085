#include "core/http/surroundings.h"

#include "core/base/log.h"
#include "core/http/clockwatch.h"

#include <QAbstractEventDispatcher>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusVariant>
#include <QNetworkInformation>
#include <QTimer>
#include <chrono>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

const QString managerName = QStringLiteral("org.freedesktop.NetworkManager");
const QString managerPath = QStringLiteral("/org/freedesktop/NetworkManager");
const QString loginPath = QStringLiteral("/org/freedesktop/login1");
const QString loginInterface = QStringLiteral("org.freedesktop.login1.Manager");
const QString propertiesInterface = QStringLiteral("org.freedesktop.DBus.Properties");

constexpr std::chrono::milliseconds settleTime = 1s;
// How long "not known" may follow "offline" before nobody is kept waiting for a network any more.
constexpr std::chrono::milliseconds doubtTime = 10s;
constexpr int managerLimit = 2000; // ms

enum class Standing { Unknown, Offline, Online };

Standing standingFrom(QNetworkInformation::Reachability reachability)
{
    switch (reachability) {
    case QNetworkInformation::Reachability::Disconnected:
    case QNetworkInformation::Reachability::Local:
        return Standing::Offline;
    case QNetworkInformation::Reachability::Site:
    case QNetworkInformation::Reachability::Online:
        return Standing::Online;
    default:
        return Standing::Unknown;
    }
}

} // namespace

// Lives and dies with SystemSurroundings; has the slots that D-Bus finds by name.
class SystemSurroundingsPrivate final : public QObject
{
    Q_OBJECT
public:
    explicit SystemSurroundingsPrivate(SystemSurroundings *owner) : m_owner(owner)
    {
        m_settle.setSingleShot(true);
        connect(&m_settle, &QTimer::timeout, this, &SystemSurroundingsPrivate::settle);
        connect(&m_clocks, &ClockWatch::jumped, m_owner, &Surroundings::clockJumped);
        connect(&m_clocks, &ClockWatch::slept, this, &SystemSurroundingsPrivate::tellWoke);
    }

    void start();
    Standing standing() const { return m_standing; }

private Q_SLOTS:
    void onPrepareForSleep(bool begins);
    void onManagerChanged(const QString &interface, const QVariantMap &changed, const QStringList &gone);

private:
    void askManager();
    void loadNetwork(const QString &backend);
    void onReachability(QNetworkInformation::Reachability reachability);
    void onPortal(bool behind);
    void wayChanged();
    void settle();
    void tellWoke();

    SystemSurroundings *m_owner;
    ClockWatch m_clocks;
    QTimer m_settle;
    Standing m_standing = Standing::Unknown;
    Standing m_told = Standing::Unknown;
    bool m_otherWay = false; // the way out changed while it was there
    bool m_doubted = false;
    bool m_sleepAnnounced = false;
    bool m_started = false;
};

void SystemSurroundingsPrivate::start()
{
    if (std::exchange(m_started, true))
        return;
    if (!m_clocks.start())
        qCInfo(logHttp) << "this system does not tell when its clock is set";
    QDBusConnection bus = QDBusConnection::systemBus();
    if (!bus.isConnected()) {
        loadNetwork(QStringLiteral("glib"));
        return;
    }
    // No sender is named: QtDBus would ask the bus for its owner and wait for the answer. A forged signal makes
    // somebody look again, and nothing else.
    bus.connect(
        QString(), loginPath, loginInterface, QStringLiteral("PrepareForSleep"), this, SLOT(onPrepareForSleep(bool)));
    bus.connect(QString(), managerPath, propertiesInterface, QStringLiteral("PropertiesChanged"), {managerName},
        QString(), this, SLOT(onManagerChanged(QString, QVariantMap, QStringList)));
    askManager();
}

// Qt asks NetworkManager and waits for the answer. One that hangs must not hold up the window, so it is asked first.
void SystemSurroundingsPrivate::askManager()
{
    QDBusMessage call
        = QDBusMessage::createMethodCall(managerName, managerPath, propertiesInterface, QStringLiteral("Get"));
    call << managerName << QStringLiteral("State");
    call.setAutoStartService(false);
    auto *watcher = new QDBusPendingCallWatcher(QDBusConnection::systemBus().asyncCall(call, managerLimit), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusMessage answer = watcher->reply();
        if (answer.type() == QDBusMessage::ReplyMessage)
            loadNetwork(QStringLiteral("networkmanager"));
        else if (watcher->error().type() == QDBusError::NoReply || watcher->error().type() == QDBusError::TimedOut)
            qCInfo(logHttp) << "NetworkManager does not answer; the state of the network is not known";
        else
            loadNetwork(QStringLiteral("glib"));
    });
}

void SystemSurroundingsPrivate::loadNetwork(const QString &backend)
{
#ifdef Q_OS_LINUX
    // GLib tells through its own event loop; with another one it would tell once and never again.
    const auto *dispatcher = QAbstractEventDispatcher::instance();
    const bool deaf = backend == QLatin1String("glib") && !(dispatcher && dispatcher->inherits("QEventDispatcherGlib"));
    if (deaf || !QNetworkInformation::loadBackendByName(backend)) {
#else
    Q_UNUSED(backend)
    if (!QNetworkInformation::loadDefaultBackend()) {
#endif
        qCInfo(logHttp) << "the state of the network is not known";
        return;
    }
    auto *network = QNetworkInformation::instance();
    m_standing = standingFrom(network->reachability());
    m_told = m_standing;
    connect(network, &QNetworkInformation::reachabilityChanged, this, &SystemSurroundingsPrivate::onReachability);
    connect(network, &QNetworkInformation::transportMediumChanged, this, &SystemSurroundingsPrivate::wayChanged);
    if (network->supports(QNetworkInformation::Feature::CaptivePortal)) {
        connect(
            network, &QNetworkInformation::isBehindCaptivePortalChanged, this, &SystemSurroundingsPrivate::onPortal);
        onPortal(network->isBehindCaptivePortal());
    }
    if (m_standing == Standing::Offline)
        Q_EMIT m_owner->networkChanged(false);
}

void SystemSurroundingsPrivate::onReachability(QNetworkInformation::Reachability reachability)
{
    const Standing now = standingFrom(reachability);
    if (now == m_standing)
        return;
    // A way that went and came back within the time of settling may be another one.
    if (m_standing == Standing::Online || m_settle.isActive())
        m_otherWay = true;
    m_standing = now;
    if (!m_settle.isActive() || std::exchange(m_doubted, false))
        m_settle.start(settleTime);
}

void SystemSurroundingsPrivate::onManagerChanged(
    const QString &interface, const QVariantMap &changed, const QStringList &gone)
{
    Q_UNUSED(gone)
    // A VPN comes and goes without the network being away.
    if (interface != managerName)
        return;
    if (!QNetworkInformation::instance()) {
        // It was too busy to answer at the start, and now it speaks.
        loadNetwork(QStringLiteral("networkmanager"));
        return;
    }
    if (!changed.contains(QStringLiteral("PrimaryConnection"))
        && !changed.contains(QStringLiteral("ActiveConnections")))
        return;
    wayChanged();
}

void SystemSurroundingsPrivate::wayChanged()
{
    m_otherWay = true;
    if (!m_settle.isActive())
        m_settle.start(settleTime);
}

void SystemSurroundingsPrivate::settle()
{
    if (m_standing == Standing::Unknown && m_told == Standing::Offline && !std::exchange(m_doubted, true)) {
        m_settle.start(doubtTime);
        return;
    }
    m_doubted = false;
    const bool otherWay = std::exchange(m_otherWay, false);
    const Standing before = std::exchange(m_told, m_standing);
    // From online to not known nothing is lost yet, and who was offline has something to gain.
    if (m_standing == Standing::Unknown && before != Standing::Offline)
        return;
    if (m_standing != before || otherWay)
        Q_EMIT m_owner->networkChanged(m_standing != Standing::Offline);
}

void SystemSurroundingsPrivate::onPortal(bool behind)
{
    if (behind)
        Q_EMIT m_owner->portalSuspected(QUrl());
}

void SystemSurroundingsPrivate::onPrepareForSleep(bool begins)
{
    if (begins) {
        m_sleepAnnounced = true;
        return;
    }
    // The clocks tell as well when it was a real sleep, sooner or later than this.
    m_clocks.look();
    if (m_sleepAnnounced)
        tellWoke();
}

void SystemSurroundingsPrivate::tellWoke()
{
    m_sleepAnnounced = false;
    Q_EMIT m_owner->woke();
}

SystemSurroundings::SystemSurroundings(QObject *parent) : Surroundings(parent) { }

SystemSurroundings::~SystemSurroundings() = default;

void SystemSurroundings::start()
{
    // Made here, so that constructing the program costs nothing.
    if (!d)
        d = std::make_unique<SystemSurroundingsPrivate>(this);
    d->start();
}

bool SystemSurroundings::knowsNetwork() const
{
    return d && d->standing() != Standing::Unknown;
}

bool SystemSurroundings::isOnline() const
{
    return !d || d->standing() != Standing::Offline;
}

} // namespace Postroom

#include "surroundings.moc"
