#include "tests/core/http/fakesystembus.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusObjectPath>
#include <QDBusVariant>
#include <QDBusVirtualObject>
#include <QVariantMap>
#include <atomic>

namespace Postroom
{
namespace
{

const QString managerName = QStringLiteral("org.freedesktop.NetworkManager");
const QString managerPath = QStringLiteral("/org/freedesktop/NetworkManager");
const QString loginName = QStringLiteral("org.freedesktop.login1");
const QString propertiesInterface = QStringLiteral("org.freedesktop.DBus.Properties");

} // namespace

class FakeSystemServices final : public QDBusVirtualObject
{
    Q_OBJECT
public:
    FakeSystemServices()
        : m_bus(QDBusConnection::connectToBus(
              qEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS"), QStringLiteral("fake-system-services")))
    {
        m_properties = {{QStringLiteral("State"), FakeSystemBus::connectedGlobal},
            {QStringLiteral("Connectivity"), FakeSystemBus::connectivityFull},
            {QStringLiteral("PrimaryConnection"), QVariant::fromValue(QDBusObjectPath(QStringLiteral("/")))}};
    }
    ~FakeSystemServices() override { QDBusConnection::disconnectFromBus(QStringLiteral("fake-system-services")); }

    bool start(bool withNetworkManager)
    {
        if (!m_bus.isConnected() || !m_bus.registerService(loginName))
            return false;
        return !withNetworkManager
            || (m_bus.registerVirtualObject(managerPath, this) && m_bus.registerService(managerName));
    }

    void set(const QString &property, const QVariant &value)
    {
        m_properties.insert(property, value);
        QDBusMessage signal
            = QDBusMessage::createSignal(managerPath, propertiesInterface, QStringLiteral("PropertiesChanged"));
        signal << managerName << QVariantMap{{property, value}} << QStringList();
        m_bus.send(signal);
    }

    void prepareForSleep(bool begins)
    {
        QDBusMessage signal = QDBusMessage::createSignal(QStringLiteral("/org/freedesktop/login1"),
            QStringLiteral("org.freedesktop.login1.Manager"), QStringLiteral("PrepareForSleep"));
        signal << begins;
        m_bus.send(signal);
    }

    bool handleMessage(const QDBusMessage &message, const QDBusConnection &connection) override
    {
        ++calls;
        if (hanging)
            return true;
        QDBusMessage answer;
        if (message.member() == QLatin1String("GetAll"))
            answer = message.createReply(m_properties);
        else if (message.member() == QLatin1String("Get"))
            answer = message.createReply(
                QVariant::fromValue(QDBusVariant(m_properties.value(message.arguments().value(1).toString()))));
        else
            answer = message.createErrorReply(QDBusError::UnknownMethod, message.member());
        return connection.send(answer);
    }
    QString introspect(const QString &) const override { return {}; }

    std::atomic_bool hanging = false;
    std::atomic_int calls = 0;

private:
    QDBusConnection m_bus;
    QVariantMap m_properties;
};

namespace
{

template <typename Action>
auto in(FakeSystemServices *services, Action action)
{
    decltype(action()) result{};
    QMetaObject::invokeMethod(services, action, Qt::BlockingQueuedConnection, &result);
    return result;
}

} // namespace

FakeSystemBus::FakeSystemBus()
{
    m_services = new FakeSystemServices;
    m_services->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::finished, m_services, &QObject::deleteLater);
    m_thread.start();
}

FakeSystemBus::~FakeSystemBus()
{
    m_thread.quit();
    m_thread.wait();
}

bool FakeSystemBus::start(bool withNetworkManager)
{
    return in(m_services, [this, withNetworkManager] { return m_services->start(withNetworkManager); });
}

void FakeSystemBus::hang()
{
    m_services->hanging = true;
}

void FakeSystemBus::setState(uint state)
{
    in(m_services, [this, state] {
        m_services->set(QStringLiteral("State"), state);
        return true;
    });
}

void FakeSystemBus::setConnectivity(uint connectivity)
{
    in(m_services, [this, connectivity] {
        m_services->set(QStringLiteral("Connectivity"), connectivity);
        return true;
    });
}

void FakeSystemBus::setPrimaryConnection(const QString &path)
{
    in(m_services, [this, path] {
        m_services->set(QStringLiteral("PrimaryConnection"), QVariant::fromValue(QDBusObjectPath(path)));
        return true;
    });
}

void FakeSystemBus::prepareForSleep(bool begins)
{
    in(m_services, [this, begins] {
        m_services->prepareForSleep(begins);
        return true;
    });
}

int FakeSystemBus::calls() const
{
    return m_services->calls;
}

} // namespace Postroom

#include "fakesystembus.moc"
