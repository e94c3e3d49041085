#include "tests/core/workspaces/mirrorfixture.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <cstdio>

namespace Postroom
{

MirrorFixture::MirrorFixture(QString folder) : m_folder(std::move(folder)) { }

void MirrorFixture::create(const QString &relayId)
{
    createFolders();
    writeState({{QStringLiteral("workspaceId"), relayId}, {QStringLiteral("remoteRoot"), QStringLiteral("/")},
        {QStringLiteral("localRoot"), m_folder}, {QStringLiteral("status"), QStringLiteral("ready")}});
}

void MirrorFixture::createFolders()
{
    for (const char *name : {"pending", "acked", "failed", "attention"})
        QDir().mkpath(path(QStringLiteral(".relay/outbox/") + QLatin1String(name)));
}

void MirrorFixture::writeState(const QJsonObject &state)
{
    writeRaw(QStringLiteral(".relay/state.json"), QJsonDocument(state).toJson(QJsonDocument::Compact));
}

QString MirrorFixture::path(const QString &below) const
{
    return below.isEmpty() ? m_folder : m_folder + QLatin1Char('/') + below;
}

QString MirrorFixture::recordPath(const QString &folder, const QString &id) const
{
    return path(QStringLiteral(".relay/outbox/%1/%2.json").arg(folder, id));
}

void MirrorFixture::writeRecord(const QString &folder, const QString &id, const QJsonObject &changes)
{
    writeRaw(QStringLiteral(".relay/outbox/%1/%2.json").arg(folder, id),
        QJsonDocument(daemonRecord(id, changes)).toJson(QJsonDocument::Compact));
}

void MirrorFixture::writeRaw(const QString &below, const QByteArray &content)
{
    const QString target = path(below);
    const QString temporary = QFileInfo(target).path() + QStringLiteral("/.tmp-") + QFileInfo(target).fileName();
    QFile file(temporary);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(temporary));
    file.close();
    std::rename(QFile::encodeName(temporary).constData(), QFile::encodeName(target).constData());
}

bool MirrorFixture::move(const QString &id, const QString &from, const QString &to)
{
    return std::rename(
               QFile::encodeName(recordPath(from, id)).constData(), QFile::encodeName(recordPath(to, id)).constData())
        == 0;
}

bool MirrorFixture::remove(const QString &folder, const QString &id)
{
    return QFile::remove(recordPath(folder, id));
}

void MirrorFixture::mark(const QString &id, bool marked)
{
    const QString below = QStringLiteral(".relay/outbox/attention/%1.marker").arg(id);
    if (marked)
        writeRaw(below, "attention\n");
    else
        QFile::remove(path(below));
}

QJsonObject daemonRecord(const QString &id, const QJsonObject &changes)
{
    QJsonObject record{{QStringLiteral("commandId"), id}, {QStringLiteral("workspaceId"), QStringLiteral("rw_2222")},
        {QStringLiteral("remotePath"), QStringLiteral("/linear/issues/%1.json").arg(id)},
        {QStringLiteral("contentType"), QStringLiteral("application/json")},
        {QStringLiteral("content"), QStringLiteral("{\"title\":\"caf\u00e9\"}")},
        {QStringLiteral("hash"), QStringLiteral("23686dc06f13608a47c8ffc6fc988f8b7de49d5e98ad63fa4175ab4a8dde1c9a")},
        {QStringLiteral("exists"), true}, {QStringLiteral("status"), QStringLiteral("pending")},
        {QStringLiteral("firstSeenAt"), QStringLiteral("2026-11-22T10:05:25.618713654Z")},
        {QStringLiteral("attemptCount"), 0}, {QStringLiteral("correlationId"), id},
        {QStringLiteral("expectedRevision"), QStringLiteral("rev_7")}};
    for (auto at = changes.begin(); at != changes.end(); ++at) {
        if (at->isUndefined() || at->isNull())
            record.remove(at.key());
        else
            record.insert(at.key(), *at);
    }
    return record;
}

} // namespace Postroom
