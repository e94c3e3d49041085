// What a push would send: folders opened up, remote paths, and a plain reason for everything that cannot go.
#pragma once

#include "core/workspaces/catalog.h"
#include "core/writeback/transfer.h"

#include <QStringList>
#include <functional>
#include <vector>

namespace Postroom
{

// One item and what sending it needs beyond what is shown.
struct PlannedItem {
    TransferItem item; // Queued or Refused
    QString root; // canonical folder that the file must not leave by a link; empty for one that was named itself
    bool inMirror = false;
};

struct PlanLimits {
    int items = 20'000;
    int depth = 64;
};

// Looks at files, sends nothing, changes nothing. Blocking; runs on a worker thread; a value without shared state.
//
// Remote path: inside the mirror as the mirror says (remotePathFor); outside of it remoteFolder + the file's name, or
// + the path below the dropped folder.
// Refusal codes: not-absolute not-found not-a-file unreadable outside link-to-folder never-synced name-encoding
// too-large duplicate too-deep too-many.
class Planner
{
public:
    Planner(WorkspaceRecord record, QString remoteFolder, PlanLimits limits = {});

    std::vector<PlannedItem> plan(const QStringList &paths);
    // A planned item looked at once more, for another try.
    void review(PlannedItem &planned) const;

private:
    struct Origin { // of one path that was named
        QString root; // canonical, empty for a single file
        QString relative; // below the dropped folder, of what is looked at; the name for a single file
        bool inMirror = false;
    };
    void lookAt(const QString &path, const Origin &origin, int depth);
    void openFolder(const QString &path, const Origin &origin, int depth);
    void take(const QString &path, const Origin &origin, qint64 size);
    void refuse(const QString &path, const QString &code, const QString &reason);
    bool isFull(const QString &next); // says so once
    std::optional<QString> mirrorPath(const QString &path) const;

    WorkspaceRecord m_record;
    QString m_remoteFolder;
    PlanLimits m_limits;
    QString m_mirror; // canonical, empty when there is none
    std::vector<PlannedItem> m_items;
    QSet<QString> m_taken; // remote paths
    bool m_full = false;
};

// A name that is never sent, wherever it lies in a dropped folder.
bool isNeverSent(const QString &name);

} // namespace Postroom
