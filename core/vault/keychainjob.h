// One job of the keychain library under a watchdog.
#pragma once

#include "core/vault/secretstore.h"

#include <QByteArray>
#include <QTimer>
#include <chrono>
#include <qt6keychain/keychain.h>

namespace Postroom
{

// Lives in the frame of the coroutine that waits for it; the library's job lives for itself and deletes itself when it
// ends. Deleting a job that runs crashes in the library, so a silent one is never touched again.
class KeychainJob final : public QObject
{
    Q_OBJECT
public:
    enum class Outcome { Running, Finished, TimedOut, Abandoned };

    explicit KeychainJob(QKeychain::Job *job);

    // Starts the job; ended() comes later, once, at the latest after `limit`.
    void start(std::chrono::milliseconds limit);
    void abandon() { end(Outcome::Abandoned); }

    // Makes the library under the library open a new session with the service. It keeps the old one for the life of the
    // process, and every job fails with it once the service was restarted.
    static void forgetSession();

    Outcome outcome() const { return m_outcome; }
    QKeychain::Error error() const { return m_error; }
    QString errorText() const { return m_errorText; }
    QByteArray data() const { return m_data; } // of a read

Q_SIGNALS:
    void ended();

private:
    void take(QKeychain::Job *job);
    void end(Outcome outcome);

    QKeychain::Job *m_job;
    QTimer m_watchdog;
    Outcome m_outcome = Outcome::Running;
    QKeychain::Error m_error = QKeychain::OtherError;
    QString m_errorText;
    QByteArray m_data;
};

} // namespace Postroom
