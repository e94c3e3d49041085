#include "ui/notifier.h"

#include "core/base/files.h"
#include "core/base/log.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusServiceWatcher>
#include <QJsonDocument>
#include <algorithm>
#include <utility>

namespace Postroom
{
namespace
{

const QString service = QStringLiteral("org.freedesktop.Notifications");
const QString path = QStringLiteral("/org/freedesktop/Notifications");
constexpr qint64 largestFile = 256 * 1024;
constexpr int patience = 10'000; // ms, for an answer of the service
constexpr qint64 longestSleep = 24LL * 3600 * 1000; // timers count in 32 bits

uchar urgencyOf(NoticeKind kind)
{
    return kind == NoticeKind::Ending || kind == NoticeKind::Stalled ? 0 : 1; // low, normal
}

} // namespace

Notifier::Notifier(Desk *desk, QString file, QObject *parent) : QObject(parent), m_desk(desk), m_file(std::move(file))
{
    m_gather.setSingleShot(true);
    m_gather.setInterval(250);
    m_wake.setSingleShot(true);
    m_wake.setTimerType(Qt::CoarseTimer);
    connect(&m_gather, &QTimer::timeout, this, &Notifier::judge);
    connect(&m_wake, &QTimer::timeout, this, &Notifier::judge);
}

Notifier::~Notifier() = default;

void Notifier::start(const QDBusConnection &bus)
{
    if (m_bus)
        return;
    m_bus = bus;
    if (!m_file.isEmpty()) {
        if (const auto content = readFile(m_file, largestFile)) {
            m_book = NoticeBook::fromJson(QJsonDocument::fromJson(*content).object());
            m_saved = *content;
        }
    }
    const auto later = [this] {
        if (!m_gather.isActive())
            m_gather.start();
    };
    connect(m_desk, &Desk::accountChanged, this, later);
    connect(m_desk, &Desk::accountRemoved, this, later);
    if (m_bus->isConnected()) {
        m_service = new QDBusServiceWatcher(service, *m_bus, QDBusServiceWatcher::WatchForOwnerChange, this);
        connect(m_service, &QDBusServiceWatcher::serviceRegistered, this, &Notifier::serviceCame);
        connect(m_service, &QDBusServiceWatcher::serviceUnregistered, this, &Notifier::serviceGone);
        m_bus->connect(service, path, service, QStringLiteral("ActionInvoked"), this, SLOT(onAction(uint, QString)));
        m_bus->connect(service, path, service, QStringLiteral("NotificationClosed"), this, SLOT(onClosed(uint, uint)));
        m_bus->connect(service, path, service, QStringLiteral("ActivationToken"), this, SLOT(onToken(uint, QString)));
    }
    judge();
}

void Notifier::stop()
{
    m_gather.stop();
    m_wake.stop();
    disconnect(m_desk, nullptr, this, nullptr);
    const QStringList subjects = m_shown.keys();
    for (const QString &subject : subjects)
        withdraw(subject);
}

void Notifier::judge()
{
    QList<AccountNews> news;
    const QList<AccountStatus> accounts = m_desk->accounts();
    for (const AccountStatus &account : accounts)
        news.append(newsOf(account, m_desk->accountHistory(account.id)));
    const NoticePlan plan = planNotices(news, m_book, m_desk->now());
    m_book = plan.book;
    for (const QString &subject : plan.withdraw)
        withdraw(subject);
    for (const Notice &notice : plan.show)
        show(notice);
    wakeAt(plan.wakeAt);
    save();
}

void Notifier::wakeAt(const std::optional<QDateTime> &time)
{
    if (!time) {
        m_wake.stop();
        return;
    }
    const qint64 span = std::clamp<qint64>(m_desk->now().msecsTo(*time), 0, longestSleep);
    m_wake.start(static_cast<int>(span));
}

void Notifier::save()
{
    // What nobody could show has not been said: the next start tries again.
    if (m_file.isEmpty() || !m_known)
        return;
    const QByteArray content = QJsonDocument(m_book.toJson()).toJson(QJsonDocument::Compact);
    if (content == m_saved)
        return;
    m_saved = content;
    // A few hundred bytes, and only when something was said.
    if (const auto written = writeFileAtomically(m_file, content); !written)
        qCWarning(logApp) << written.error().message << written.error().detail;
}

void Notifier::show(const Notice &notice)
{
    Shown &shown = m_shown[notice.subject];
    shown.notice = notice;
    shown.unwanted = false;
    shown.delivered = false;
    if (shown.asking)
        shown.again = true;
    else
        send(notice.subject);
}

void Notifier::send(const QString &subject)
{
    if (!m_bus || !m_bus->isConnected())
        return;
    if (!m_known) {
        askWhatItCan();
        return;
    }
    Shown &shown = m_shown[subject];
    const Notice &notice = shown.notice;
    QStringList actions{QStringLiteral("default"), tr("Show")};
    if (m_actions && notice.step != Step::None && notice.step != Step::Why && !notice.button.isEmpty())
        actions << QStringLiteral("step") << notice.button;
    QVariantMap hints;
    hints.insert(QStringLiteral("desktop-entry"), QStringLiteral("org.postroom.Postroom"));
    hints.insert(QStringLiteral("urgency"), QVariant::fromValue(urgencyOf(notice.kind)));
    QDBusMessage call = QDBusMessage::createMethodCall(service, path, service, QStringLiteral("Notify"));
    call << QStringLiteral("Postroom") << shown.id << QStringLiteral("org.postroom.Postroom") << notice.title
         << (m_markup ? notice.text.toHtmlEscaped() : notice.text) << actions << hints << -1;
    shown.asking = true;
    shown.again = false;
    auto *reply = new QDBusPendingCallWatcher(m_bus->asyncCall(call, patience), this);
    connect(reply, &QDBusPendingCallWatcher::finished, this,
        [this, subject](QDBusPendingCallWatcher *done) { sent(subject, done); });
}

void Notifier::sent(const QString &subject, QDBusPendingCallWatcher *reply)
{
    reply->deleteLater();
    const QDBusPendingReply<uint> answer = *reply;
    const auto found = m_shown.find(subject);
    if (found == m_shown.end()) {
        if (answer.isValid())
            close(answer.value());
        return;
    }
    found->asking = false;
    if (answer.isError()) {
        // Nobody shows notices at present; what still holds is sent when somebody does.
        found->id = 0;
        if (found->unwanted)
            m_shown.erase(found);
        return;
    }
    found->id = answer.value();
    found->delivered = true;
    save();
    if (found->unwanted) {
        const uint id = found->id;
        m_shown.erase(found);
        close(id);
    } else if (found->again) {
        send(subject);
    }
}

void Notifier::withdraw(const QString &subject)
{
    const auto found = m_shown.find(subject);
    if (found == m_shown.end())
        return;
    if (found->asking) {
        found->unwanted = true;
        return;
    }
    const uint id = found->id;
    m_shown.erase(found);
    close(id);
}

void Notifier::close(uint id)
{
    if (id == 0 || !m_bus || !m_bus->isConnected())
        return;
    QDBusMessage call = QDBusMessage::createMethodCall(service, path, service, QStringLiteral("CloseNotification"));
    call << id;
    call.setAutoStartService(false);
    m_bus->asyncCall(call, patience);
}

// Asked only when there is something to show, which may also start the service.
void Notifier::askWhatItCan()
{
    if (std::exchange(m_asking, true))
        return;
    const QDBusMessage call = QDBusMessage::createMethodCall(service, path, service, QStringLiteral("GetCapabilities"));
    auto *reply = new QDBusPendingCallWatcher(m_bus->asyncCall(call, patience), this);
    connect(reply, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher *done) {
        done->deleteLater();
        m_asking = false;
        const QDBusPendingReply<QStringList> answer = *done;
        if (!answer.isValid())
            return;
        m_known = true;
        m_markup = answer.value().contains(QLatin1String("body-markup"));
        m_actions = answer.value().contains(QLatin1String("actions"));
        sendWaiting();
    });
}

void Notifier::sendWaiting()
{
    const QStringList subjects = m_shown.keys();
    for (const QString &subject : subjects) {
        const Shown &shown = m_shown[subject];
        if (!shown.delivered && !shown.asking)
            send(subject);
    }
}

void Notifier::serviceCame()
{
    m_known = false; // another one may have taken its place
    m_asking = false;
    sendWaiting();
}

// The ids belonged to that service. A person has seen the notices, or will find the same things in the window.
void Notifier::serviceGone()
{
    m_known = false;
    for (auto shown = m_shown.begin(); shown != m_shown.end();) {
        shown->id = 0;
        if (shown->delivered && !shown->asking)
            shown = m_shown.erase(shown);
        else
            ++shown;
    }
}

QString Notifier::subjectOf(uint id) const
{
    for (auto shown = m_shown.cbegin(); shown != m_shown.cend(); ++shown) {
        if (id != 0 && shown->id == id)
            return shown.key();
    }
    return {};
}

void Notifier::onToken(uint id, const QString &token)
{
    const QString subject = subjectOf(id);
    if (!subject.isEmpty())
        m_shown[subject].token = token;
}

void Notifier::onAction(uint id, const QString &action)
{
    const QString subject = subjectOf(id);
    if (subject.isEmpty())
        return;
    const Shown shown = m_shown.value(subject);
    withdraw(subject);
    const Step step = action == QLatin1String("step") ? shown.notice.step : Step::Show;
    Q_EMIT stepChosen(step, shown.notice.account, shown.token);
}

void Notifier::onClosed(uint id, uint)
{
    const QString subject = subjectOf(id);
    if (!subject.isEmpty() && !m_shown.value(subject).asking)
        m_shown.remove(subject);
}

} // namespace Postroom
