#include "core/vault/secretprompt.h"

#include <QDBusConnection>
#include <QDBusPendingCallWatcher>

namespace Postroom
{
namespace
{

const QString promptInterface = QStringLiteral("org.freedesktop.Secret.Prompt");

} // namespace

SecretPrompt::SecretPrompt(QString service, QString path) : m_service(std::move(service)), m_path(std::move(path))
{
    // Heard from before it is asked for, because it may be over at once.
    QDBusConnection::sessionBus().connect(
        QString(), m_path, promptInterface, QStringLiteral("Completed"), this, SLOT(onCompleted(QDBusMessage)));
    m_limit.setSingleShot(true);
    connect(&m_limit, &QTimer::timeout, this, [this] { end(Outcome::GivenUp); });
}

SecretPrompt::~SecretPrompt()
{
    // A window that nobody waits for any more must not stay open.
    if (m_outcome == Outcome::GivenUp) {
        const auto dismiss
            = QDBusMessage::createMethodCall(m_service, m_path, promptInterface, QStringLiteral("Dismiss"));
        QDBusConnection::sessionBus().send(dismiss);
    }
}

void SecretPrompt::show(std::chrono::milliseconds limit)
{
    m_limit.start(limit);
    QDBusMessage call = QDBusMessage::createMethodCall(m_service, m_path, promptInterface, QStringLiteral("Prompt"));
    call << QString(); // no window to put it over: its name is not portable
    const auto pending = QDBusConnection::sessionBus().asyncCall(call, static_cast<int>(limit.count()));
    auto *watcher = new QDBusPendingCallWatcher(pending, this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher *finished) {
        finished->deleteLater();
        if (finished->isError())
            end(Outcome::Gone);
    });
}

void SecretPrompt::onCompleted(const QDBusMessage &message)
{
    const QVariantList arguments = message.arguments();
    const bool answered = !arguments.isEmpty() && arguments.constFirst().typeId() == QMetaType::Bool
        && !arguments.constFirst().toBool();
    end(answered ? Outcome::Answered : Outcome::Dismissed);
}

void SecretPrompt::end(Outcome outcome)
{
    if (m_outcome != Outcome::Open)
        return;
    m_outcome = outcome;
    m_limit.stop();
    Q_EMIT ended();
}

} // namespace Postroom
