// Secrets at rest. Two twins answer to the same contract: the operating system's keychain and memory.
#pragma once

#include "core/base/error.h"
#include "core/base/secret.h"

#include <QCoroTask>
#include <QObject>
#include <QString>
#include <optional>

namespace Postroom
{

// How the store stands. Told apart by asking the Secret Service itself, because the keychain library answers
// "not found" for a locked keyring and "deleted" without deleting.
enum class VaultState {
    Unknown, // not asked yet
    Unlocked,
    Locked,
    NoCollection, // a service without a default keyring (a fresh account)
    Absent, // no session bus or no Secret Service on it
    Hung // the service took a call and never answered
};

enum class VaultProblem {
    NotFound, // proven: the keyring is unlocked and has no such entry
    Locked,
    NoCollection,
    Absent,
    Denied, // the person or the system refused
    TimedOut, // no answer in time; the store counts as Hung until something changes
    Corrupt, // an entry without content, or other content than was written
    TooLarge,
    Backend // anything else, in the words of the library
};

struct VaultError {
    VaultProblem problem = VaultProblem::Backend;
    QString detail; // in the words of the library, one line, without secrets
};

template <typename T>
using VaultResult = tl::expected<T, VaultError>;

QString toString(VaultState state); // unknown unlocked locked no-collection absent hung
QString toString(
    VaultProblem problem); // not-found locked no-collection absent denied timed-out corrupt too-large backend
Error toError(const VaultError &error); // origin storage, class store, code as above, a plain sentence

// Keys are "v1/<provider>/<account>/…" and are scoped by the namespace that the store was made with. Values are at most
// 64 KiB. Every write is read back; every removal is verified. Calls run one after another. Nothing here shows a
// prompt except unlock(). Thread: the one that made the store.
class SecretStore : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual QCoro::Task<VaultResult<Secret>> read(QString key) = 0;
    virtual QCoro::Task<VaultResult<void>> write(QString key, Secret value) = 0;
    // Removing what is not there is fine.
    virtual QCoro::Task<VaultResult<void>> remove(QString key) = 0;
    // Asks the store how it stands, without a prompt.
    virtual QCoro::Task<VaultState> probe() = 0;
    // Shows the system's unlock prompt. Only ever called because a person clicked.
    virtual QCoro::Task<VaultResult<void>> unlock() = 0;

    virtual VaultState state() const = 0; // the last known one
    virtual bool isPersistent() const = 0; // false: entries live until the process ends

Q_SIGNALS:
    // Also when somebody else locks or unlocks the keyring or its service comes or goes.
    void stateChanged(Postroom::VaultState state);
};

constexpr qint64 largestSecret = 64 * 1024;

// What both twins say before anything is asked: nothing when the call may go on.
std::optional<VaultError> refusal(VaultState state);
std::optional<VaultError> refusal(const Secret &value); // an empty value is Corrupt: it could not be read back

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::VaultState)
