// Notices outside of the window, through the desktop's notification service.
// https://specifications.freedesktop.org/notification-spec/
#pragma once

#include "models/desk.h"
#include "models/notices.h"

#include <QDBusConnection>
#include <QHash>
#include <QObject>
#include <QTimer>
#include <optional>

class QDBusPendingCallWatcher;
class QDBusServiceWatcher;

namespace Postroom
{

// Follows the desk and shows what planNotices() finds; a notice goes when its cause is gone, or when it was acted upon.
// Without a service the notices wait: what still holds when one appears is shown then. Never blocks, never asks the bus
// twice for one thing, and sleeps until something changes or the next notice is due. Owner: the composition root; the
// desk outlives it. `file` remembers across restarts what was said; empty: nothing does.
class Notifier final : public QObject
{
    Q_OBJECT
public:
    Notifier(Desk *desk, QString file, QObject *parent = nullptr);
    ~Notifier() override;

    // Not before the first paint: reads the file and speaks to the bus.
    void start(const QDBusConnection &bus = QDBusConnection::sessionBus());
    // Takes back what is out: nobody would be there to act upon it.
    void stop();
    bool isWaiting() const { return m_wake.isActive(); }

Q_SIGNALS:
    // A person clicked. `token` lets the window come to the front (xdg-activation), empty where the service has none.
    void stepChosen(Postroom::Step step, const Postroom::AccountId &account, const QString &token);

private Q_SLOTS:
    void onAction(uint id, const QString &action);
    void onClosed(uint id, uint reason);
    void onToken(uint id, const QString &token);

private:
    struct Shown {
        Notice notice;
        uint id = 0; // 0 while the service has not answered
        bool asking = false; // Notify is on its way
        bool again = false; // the notice changed meanwhile
        bool unwanted = false; // the cause went away meanwhile
        bool delivered = false;
        QString token;
    };

    void judge();
    void wakeAt(const std::optional<QDateTime> &time);
    void show(const Notice &notice);
    void withdraw(const QString &subject);
    void send(const QString &subject);
    void sent(const QString &subject, QDBusPendingCallWatcher *reply);
    void close(uint id);
    void askWhatItCan();
    void sendWaiting();
    void serviceCame();
    void serviceGone();
    void save();
    QString subjectOf(uint id) const;

    Desk *m_desk;
    QString m_file;
    NoticeBook m_book;
    QByteArray m_saved;
    std::optional<QDBusConnection> m_bus;
    QDBusServiceWatcher *m_service = nullptr;
    QHash<QString, Shown> m_shown; // by subject
    bool m_asking = false; // what the service can
    bool m_known = false;
    bool m_markup = false; // the service reads the body as markup
    bool m_actions = false;
    QTimer m_gather;
    QTimer m_wake;
};

} // namespace Postroom
