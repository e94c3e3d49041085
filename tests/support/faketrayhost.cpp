#include "tests/support/faketrayhost.h"

#include <QDBusArgument>
#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusVariant>
#include <QEventLoop>

#include "tests/support/faketraywatcher.h"

namespace Postroom
{
namespace
{

const QString itemInterface = QStringLiteral("org.kde.StatusNotifierItem");
const QString menuInterface = QStringLiteral("com.canonical.dbusmenu");

// a(iiay): width, height and the pixels.
QList<QSize> sizesOf(const QVariant &pixmaps)
{
    QList<QSize> sizes;
    if (!pixmaps.canConvert<QDBusArgument>())
        return sizes;
    const auto argument = pixmaps.value<QDBusArgument>();
    argument.beginArray();
    while (!argument.atEnd()) {
        int width = 0;
        int height = 0;
        QByteArray pixels;
        argument.beginStructure();
        argument >> width >> height >> pixels;
        argument.endStructure();
        sizes.append(QSize(width, height));
    }
    argument.endArray();
    return sizes;
}

// (sa(iiay)ss): icon name, icon pixels, title, text.
void readToolTip(const QVariant &toolTip, TrayItem &item)
{
    if (!toolTip.canConvert<QDBusArgument>())
        return;
    const auto argument = toolTip.value<QDBusArgument>();
    QString iconName;
    argument.beginStructure();
    argument >> iconName;
    argument.beginArray();
    while (!argument.atEnd()) {
        int width = 0;
        int height = 0;
        QByteArray pixels;
        argument.beginStructure();
        argument >> width >> height >> pixels;
        argument.endStructure();
    }
    argument.endArray();
    argument >> item.toolTipTitle >> item.toolTipText;
    argument.endStructure();
}

// (ia{sv}av): id, properties, children, each of them the same in a variant.
TrayMenuEntry readEntry(const QDBusArgument &argument)
{
    TrayMenuEntry entry;
    QVariantMap properties;
    QVariantList children;
    argument.beginStructure();
    argument >> entry.id >> properties >> children;
    argument.endStructure();
    entry.label = properties.value(QStringLiteral("label")).toString();
    entry.type = properties.value(QStringLiteral("type")).toString();
    entry.enabled = properties.value(QStringLiteral("enabled"), true).toBool();
    entry.visible = properties.value(QStringLiteral("visible"), true).toBool();
    entry.checked = properties.value(QStringLiteral("toggle-state")).toInt() == 1;
    for (const QVariant &child : children) {
        const QVariant inner = child.canConvert<QDBusVariant>() ? child.value<QDBusVariant>().variant() : child;
        entry.children.append(readEntry(inner.value<QDBusArgument>()));
    }
    return entry;
}

// Runs `work` in the watcher's thread and the caller's event loop meanwhile: the item answers from there.
template <typename Work>
QDBusMessage inOtherThread(TrayWatcher *watcher, Work work)
{
    QDBusMessage answer;
    QEventLoop loop;
    QMetaObject::invokeMethod(watcher, [&answer, &loop, work] {
        answer = work();
        QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection);
    });
    loop.exec();
    return answer;
}

int toInt(std::chrono::milliseconds limit)
{
    return static_cast<int>(limit.count());
}

} // namespace

FakeTrayHost::FakeTrayHost(QObject *parent) : QObject(parent)
{
    m_thread.setObjectName(QStringLiteral("tray"));
    m_thread.start();
    auto *starter = new QObject;
    starter->moveToThread(&m_thread);
    QMetaObject::invokeMethod(starter, [this] { m_watcher = new TrayWatcher; }, Qt::BlockingQueuedConnection);
    starter->deleteLater();
    connect(m_watcher, &TrayWatcher::StatusNotifierItemRegistered, this, &FakeTrayHost::itemRegistered);
    connect(m_watcher, &TrayWatcher::StatusNotifierItemUnregistered, this, &FakeTrayHost::itemUnregistered);
    connect(m_watcher, &TrayWatcher::itemChanged, this, &FakeTrayHost::itemChanged);
    connect(&m_thread, &QThread::finished, m_watcher, &QObject::deleteLater);
}

FakeTrayHost::~FakeTrayHost()
{
    m_thread.quit();
    m_thread.wait();
}

bool FakeTrayHost::start(bool withHost)
{
    QMetaObject::invokeMethod(
        m_watcher, [this, withHost] { m_running = m_watcher->start(withHost); }, Qt::BlockingQueuedConnection);
    return m_running;
}

void FakeTrayHost::stop()
{
    QMetaObject::invokeMethod(m_watcher, [this] { m_watcher->stop(); }, Qt::BlockingQueuedConnection);
    m_running = false;
}

void FakeTrayHost::setHost(bool registered)
{
    QMetaObject::invokeMethod(
        m_watcher, [this, registered] { m_watcher->setHost(registered); }, Qt::BlockingQueuedConnection);
}

QStringList FakeTrayHost::items() const
{
    QStringList items;
    QMetaObject::invokeMethod(m_watcher, [this, &items] { items = m_watcher->items(); }, Qt::BlockingQueuedConnection);
    return items;
}

std::optional<TrayItem> FakeTrayHost::read(const QString &item, std::chrono::milliseconds limit)
{
    TrayWatcher *watcher = m_watcher;
    const QDBusMessage answer = inOtherThread(watcher, [watcher, item, limit] {
        return watcher->ask(item, QString(), QStringLiteral("org.freedesktop.DBus.Properties"),
            QStringLiteral("GetAll"), {itemInterface}, toInt(limit));
    });
    if (answer.type() != QDBusMessage::ReplyMessage || answer.signature() != QLatin1String("a{sv}"))
        return std::nullopt;
    const auto properties = qdbus_cast<QVariantMap>(answer.arguments().constFirst());
    TrayItem shown;
    shown.id = properties.value(QStringLiteral("Id")).toString();
    shown.title = properties.value(QStringLiteral("Title")).toString();
    shown.category = properties.value(QStringLiteral("Category")).toString();
    shown.status = properties.value(QStringLiteral("Status")).toString();
    shown.iconName = properties.value(QStringLiteral("IconName")).toString();
    shown.iconSizes = sizesOf(properties.value(QStringLiteral("IconPixmap")));
    shown.attentionIconName = properties.value(QStringLiteral("AttentionIconName")).toString();
    shown.menuPath = properties.value(QStringLiteral("Menu")).value<QDBusObjectPath>().path();
    shown.itemIsMenu = properties.value(QStringLiteral("ItemIsMenu")).toBool();
    readToolTip(properties.value(QStringLiteral("ToolTip")), shown);
    return shown;
}

std::optional<QList<TrayMenuEntry>> FakeTrayHost::menu(const QString &item, std::chrono::milliseconds limit)
{
    const auto shown = read(item, limit);
    if (!shown || shown->menuPath.size() < 2)
        return std::nullopt;
    TrayWatcher *watcher = m_watcher;
    const QString path = shown->menuPath;
    inOtherThread(watcher, [watcher, item, path, limit] {
        return watcher->ask(item, path, menuInterface, QStringLiteral("AboutToShow"), {0}, toInt(limit));
    });
    const QDBusMessage answer = inOtherThread(watcher, [watcher, item, path, limit] {
        return watcher->ask(
            item, path, menuInterface, QStringLiteral("GetLayout"), {0, -1, QStringList()}, toInt(limit));
    });
    if (answer.type() != QDBusMessage::ReplyMessage || answer.signature() != QLatin1String("u(ia{sv}av)"))
        return std::nullopt;
    return readEntry(answer.arguments().at(1).value<QDBusArgument>()).children;
}

bool FakeTrayHost::activate(const QString &item, std::chrono::milliseconds limit)
{
    TrayWatcher *watcher = m_watcher;
    const QDBusMessage answer = inOtherThread(watcher, [watcher, item, limit] {
        return watcher->ask(item, QString(), itemInterface, QStringLiteral("Activate"), {0, 0}, toInt(limit));
    });
    return answer.type() == QDBusMessage::ReplyMessage;
}

bool FakeTrayHost::click(const QString &item, int entry, std::chrono::milliseconds limit)
{
    const auto shown = read(item, limit);
    if (!shown || shown->menuPath.size() < 2)
        return false;
    TrayWatcher *watcher = m_watcher;
    const QString path = shown->menuPath;
    const QDBusMessage answer = inOtherThread(watcher, [watcher, item, path, entry, limit] {
        const QVariantList arguments{
            entry, QStringLiteral("clicked"), QVariant::fromValue(QDBusVariant(QString())), QVariant::fromValue(0U)};
        return watcher->ask(item, path, menuInterface, QStringLiteral("Event"), arguments, toInt(limit));
    });
    return answer.type() == QDBusMessage::ReplyMessage;
}

} // namespace Postroom
