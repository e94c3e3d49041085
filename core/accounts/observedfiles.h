// Where other programs keep their sign-ins, and how such a file is opened.
#pragma once

#include "core/accounts/observedcredential.h"

#include <QProcessEnvironment>

namespace Postroom
{

// Absolute paths; an empty one is not looked at.
struct ObservedPlaces {
    QString home; // nothing above it is watched
    QString agentRelayFile; // ~/.agentworkforce/relay/cloud-auth.json
    QString relayfileFolder; // ~/.relayfile
    QString relayfileFile; // named by the environment
    QString claudeFolder; // ~/.claude
    QString claudeConfig; // ~/.claude.json, which knows the name of the person

    QString claudeFile() const;
    // What a person is told about where was looked.
    QStringList of(ObservedSource source) const;
};

// By HOME and by what the programs themselves read: CLAUDE_SECURESTORAGE_CONFIG_DIR, CLAUDE_CONFIG_DIR,
// RELAYFILE_MOUNT_CREDS_FILE, RELAYFILE_DELEGATED_CREDENTIALS_FILE. Relative values are left out.
ObservedPlaces observedPlaces(const QString &home, const QProcessEnvironment &environment);

constexpr qint64 largestObservedFile = 1024 * 1024;

struct PrivateContent {
    QByteArray bytes;
    QDateTime writtenAt;
};

// A regular file of ours, not a link, that nobody else can read or write. Errors are of class Input: not-found, link,
// not-a-file, not-owned, not-private, too-large, unreadable. Blocking.
Result<PrivateContent> readPrivateFile(const QString &path, qint64 limit = largestObservedFile);

// Opens and reads one credential. "signed-out" when the file is fine and holds none. Blocking.
Result<ObservedReading> readObserved(ObservedSource source, const QString &path, const ObservedPlaces &places);

// Everything that is there now, without secrets, at most a few hundred; files that cannot be used come with their
// problem. Of relayfile's bundles for one workspace and agent only the one that reaches furthest. Blocking; small
// files.
QList<ObservedCredential> lookAround(const ObservedPlaces &places);

// Existing folders whose changes matter, the nearest existing one where a folder is still to come, and existing files
// that a program may write in place.
QStringList foldersToWatch(const ObservedPlaces &places);
// It is watched only because the folder that is meant does not exist yet.
bool isPlaceholder(const ObservedPlaces &places, const QString &folder);
QStringList filesToWatch(const ObservedPlaces &places);

} // namespace Postroom
