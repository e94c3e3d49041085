// Where Postroom keeps its own files, per profile, by the XDG base directory rules.
#pragma once

#include "core/base/error.h"

#include <QProcessEnvironment>
#include <QString>

namespace Postroom
{

// Plain value. Directories are made on demand by ensure(), mode 0700.
struct Paths {
    QString profile; // empty for the default profile
    QString config; // $XDG_CONFIG_HOME/postroom: settings.json, accounts.json, workspaces.json
    QString state; // $XDG_STATE_HOME/postroom: activity.db, transfers/, locks/, log/
    QString runtime; // $XDG_RUNTIME_DIR/postroom: socket, lock of the engine, access token files
    QString home; // the person's home directory
    QString cacheHome; // $XDG_CACHE_HOME, where other programs keep their leases

    QString socket() const { return runtime + QStringLiteral("/socket"); }
    // Prefix of every keychain entry of this profile.
    QString vaultNamespace() const;
    Result<void> ensure() const;
};

// A profile name is 1 to 32 of [A-Za-z0-9_-]; a named profile has folders of its own below profiles/NAME.
Result<Paths> pathsForProfile(const QString &profile, const QProcessEnvironment &environment);

// Makes a directory and its missing parents with mode 0700. One that is there becomes private; when it belongs to
// somebody else the code is "not-private".
Result<void> ensurePrivateDirectory(const QString &path);

} // namespace Postroom
