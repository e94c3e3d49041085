// Asks how much of their quota the accounts have used, at the times that quotahealth.h says, and remembers it.
#pragma once

#include "core/accounts/accountservice.h"
#include "core/accounts/quotahealth.h"

#include <map>

namespace Postroom
{

class Flight;

// For accounts whose profile names a usage page; without one there is no timer and no file. Never writes anything about
// the sign-in, and takes no trouble of the sign-in for its own: an account that is switched off, signed out or not
// usable is not asked, and one whose sign-in cannot be renewed is left as it was. Calls are a second apart. What is
// known lies in <state>/quota/<account>.json and is taken up again with the same next time. Owned by the composition
// root, which awaits shutdown() before this and then the account service go; all in one thread.
class QuotaService final : public QObject
{
    Q_OBJECT
public:
    struct Collaborators {
        Clock *clock = nullptr;
        AccountService *accounts = nullptr;
        ProfileRegistry *profiles = nullptr;
        QString stateFolder; // <state>; the files lie in its folder quota/
        std::function<double()> random; // [0, 1)
        std::chrono::seconds interval{300};
    };

    explicit QuotaService(Collaborators collaborators, QObject *parent = nullptr);
    ~QuotaService() override;

    // What was known at the last run, for the accounts of the roster. Small files; no network, no timer.
    void load();
    // Begins asking. After the first paint.
    void start();
    QCoro::Task<void> shutdown();

    // Nothing for an account that has no usage page.
    std::optional<QuotaStatus> status(const AccountId &id) const;
    // Asks now, unless the service itself asked for a pause that still lasts; joins a question that is out. Trouble of
    // the quota endpoint is part of the status. Errors: "unknown-account", "no-quota", class Config for a profile that
    // cannot be used, or why there is no token.
    QCoro::Task<Result<QuotaStatus>> refreshNow(AccountId id);
    // How long after a good answer the next question comes; from the next answer on.
    void setInterval(std::chrono::seconds interval) { m_use.interval = interval; }
    // A person does not want to wait: forgets the trouble and the pause, and asks.
    void reset(const AccountId &id);

Q_SIGNALS:
    void quotaChanged(const Postroom::AccountId &id);

private:
    // A question that is out. Shared with whoever waits, so that neither depends on the other's life.
    struct Question {
        std::shared_ptr<Flight> flight;
        Result<QuotaStatus> outcome = failCancelled();
    };
    struct Watch {
        std::optional<QuotaSource> source;
        std::optional<Error> problem; // of the profile; nothing is asked
        QuotaHealth health;
        quint64 epoch = 0; // of the sign-in that all of this is about
        std::optional<AccountState> seen;
        QDateTime notBefore; // there was no token
        std::shared_ptr<Question> question;
        QuotaStatus told;
        bool unsaved = false;
        std::unique_ptr<Alarm> alarm;
    };

    Watch *find(const AccountId &id);
    Watch *watch(const AccountId &id);
    void readSource(Watch &watch, const AccountRecord &record) const;
    void restore(Watch &watch, const AccountRecord &record) const;
    void accountChanged(const AccountStatus &status);
    void accountRemoved(const AccountId &id);
    void answerSeen(const AccountId &id, const HttpResponse &answer);
    bool canAsk(const AccountId &id, const Watch &watch) const;
    QDateTime dueAt(const Watch &watch) const;
    void arm(const AccountId &id);
    void fire(AccountId id); // a copy: the alarm that calls it goes
    std::chrono::milliseconds gate() const;
    std::shared_ptr<Question> begin(const AccountId &id);
    QCoro::Task<void> ask(AccountId id, std::shared_ptr<Question> question);
    void apply(const AccountId &id, const QuotaEvent &event, const QString &currentToken = {});
    void postpone(const AccountId &id, const Error &error);
    void tell(const AccountId &id);
    void save(const AccountId &id);
    QString fileOf(const AccountId &id) const;

    Collaborators m_use;
    std::map<AccountId, Watch> m_watches;
    std::map<AccountId, quint64> m_without; // no usage page, as of this epoch
    std::chrono::milliseconds m_nextCall{0}; // on the steady clock
    bool m_started = false;
    TaskScope m_scope; // last, so that it goes first
};

} // namespace Postroom
