// One unlock prompt of the Secret Service, from the request to show it until it is answered, dismissed or given up.
// https://specifications.freedesktop.org/secret-service/, "Prompts and Prompting"
#pragma once

#include "core/vault/secretstore.h"

#include <QDBusMessage>
#include <QObject>
#include <QTimer>
#include <chrono>

namespace Postroom
{

// Lives in the frame of the coroutine that waits for it. Ends once, at the latest after its limit.
class SecretPrompt final : public QObject
{
    Q_OBJECT
public:
    enum class Outcome { Open, Answered, Dismissed, GivenUp, Gone };

    SecretPrompt(QString service, QString path);
    ~SecretPrompt() override;

    void show(std::chrono::milliseconds limit);
    void serviceGone() { end(Outcome::Gone); }
    Outcome outcome() const { return m_outcome; }

Q_SIGNALS:
    void ended();

private Q_SLOTS:
    void onCompleted(const QDBusMessage &message);

private:
    void end(Outcome outcome);

    QString m_service;
    QString m_path;
    QTimer m_limit;
    Outcome m_outcome = Outcome::Open;
};

} // namespace Postroom
