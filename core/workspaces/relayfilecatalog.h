// What relayfile's own list of workspaces (~/.relayfile/workspaces.json) says about mirrors. Read only, tolerantly.
#pragma once

#include <QList>
#include <QString>
#include <QUrl>

namespace Postroom
{

// A mirror folder whose own state says which workspace it belongs to. Names and ids of the list are only hints: it is
// known to swap cloud and relay ids and to hold a workspace twice.
struct KnownMirror {
    QString folder; // absolute, clean
    QString relayId; // from the mirror's state
    QString cloudId; // empty when the list does not know one
    QString name;
    QUrl server;
    QString remoteRoot;
};

struct ListedWorkspace {
    QString name;
    QString id;
    QString relayId;
    QString folder;
    QUrl server;
};

// Empty for a list that is missing, damaged or larger than 8 MiB.
QList<ListedWorkspace> readRelayfileCatalog(const QString &path);

// Reads <folder>/.relay/state.json and completes it from the list. Nothing when it is no mirror. Blocking.
std::optional<KnownMirror> inspectMirror(const QString &folder, const QList<ListedWorkspace> &listed);

// A server we would talk to: http or https with a host, without user info, query and trailing slash; else empty.
QUrl usableServer(const QString &text);

} // namespace Postroom
