// The write-ahead note of a rotation: this refresh token is on its way. A crash and a lost answer leave it behind.
#pragma once

#include "core/base/error.h"

#include <QDateTime>
#include <QStringList>
#include <optional>

namespace Postroom
{

// `<state>/locks/<account id>.rotation`, small JSON without anything secret. Blocking.
struct RotationMarker {
    quint64 generation = 0;
    quint64 grantEpoch = 0;
    QString fingerprint; // of the refresh token that was sent
    QStringList spent; // fingerprints of earlier ones, whose successors were never saved
    QDateTime startedAt; // UTC
    qint64 process = 0; // who sent it
    QString processStart; // tells it from a later process with the same number; empty where the system does not say

    bool isOurs() const; // this process wrote it
    bool ownerLives() const; // another process wrote it and still runs: its answer may be in its memory
};

std::optional<RotationMarker> readMarker(const QString &path);
Result<void> writeMarker(const QString &path, const RotationMarker &marker);

} // namespace Postroom
