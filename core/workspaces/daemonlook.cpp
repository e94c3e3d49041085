#include "core/workspaces/daemonlook.h"

#include "core/workspaces/mirror.h"

#include <QtConcurrentRun>

namespace Postroom
{
namespace
{

QList<DaemonSeen> lookAtAll(const QList<DaemonQuestion> &questions)
{
    QList<DaemonSeen> answers;
    for (const DaemonQuestion &question : questions) {
        // Without a server there is no lease to compute, but the folder of leases can still be searched.
        const QUrl server = question.server.isEmpty() ? QUrl(QStringLiteral("unknown:")) : question.server;
        const QString lease = leasePath(question.cacheHome, server, question.relayId, question.mirror);
        answers.append({question.workspace, question.mirror, readDaemon(lease, question.mirror)});
    }
    return answers;
}

} // namespace

DaemonLook::DaemonLook(QThreadPool *pool, QObject *parent) : QObject(parent), m_pool(pool)
{
    connect(&m_look, &QFutureWatcher<QList<DaemonSeen>>::finished, this, [this] {
        const QList<DaemonSeen> answers = m_look.result();
        if (!m_next.isEmpty())
            begin();
        Q_EMIT seen(answers);
    });
}

void DaemonLook::ask(const QList<DaemonQuestion> &questions)
{
    m_next = questions;
    if (!m_look.isRunning() && !m_next.isEmpty())
        begin();
}

void DaemonLook::begin()
{
    m_look.setFuture(QtConcurrent::run(m_pool, lookAtAll, std::exchange(m_next, {})));
}

} // namespace Postroom
