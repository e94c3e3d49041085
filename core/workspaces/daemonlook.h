// Looks on a worker thread which mirrors have a running daemon.
#pragma once

#include "core/base/ids.h"
#include "core/workspaces/workspacestatus.h"

#include <QFutureWatcher>
#include <QList>
#include <QObject>
#include <QUrl>

class QThreadPool;

namespace Postroom
{

struct DaemonQuestion {
    WorkspaceId workspace;
    QString cacheHome;
    QUrl server; // empty where it is not known
    QString relayId;
    QString mirror;
};

struct DaemonSeen {
    WorkspaceId workspace;
    QString mirror;
    DaemonStatus status;
};

// Owned by WorkspaceService. One look at a time; questions that come meanwhile are answered by one more.
class DaemonLook final : public QObject
{
    Q_OBJECT
public:
    explicit DaemonLook(QThreadPool *pool, QObject *parent = nullptr);

    void ask(const QList<DaemonQuestion> &questions);

Q_SIGNALS:
    void seen(const QList<Postroom::DaemonSeen> &answers);

private:
    void begin();

    QThreadPool *m_pool;
    QList<DaemonQuestion> m_next;
    QFutureWatcher<QList<DaemonSeen>> m_look;
};

} // namespace Postroom
