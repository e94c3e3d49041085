// A mirror folder as the daemon and the pushes leave it, made by hand.
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QJsonObject>
#include <QString>

namespace Postroom
{

// Writes below a folder that the test owns. Every call replaces by rename, as the real writers do.
class MirrorFixture
{
public:
    explicit MirrorFixture(QString folder);

    // Makes .relay, the outbox folders and a state.json.
    void create(const QString &relayId = QStringLiteral("rw_2222"));
    void createFolders();
    void writeState(const QJsonObject &state);
    QString path(const QString &below = {}) const;
    QString recordPath(const QString &folder, const QString &id) const;

    void writeRecord(const QString &folder, const QString &id, const QJsonObject &changes = {});
    void writeRaw(const QString &below, const QByteArray &content);
    bool move(const QString &id, const QString &from, const QString &to);
    bool remove(const QString &folder, const QString &id);
    void mark(const QString &id, bool marked);

private:
    QString m_folder;
};

// As the daemon writes it, with `changes` over it; an undefined value takes a key away.
QJsonObject daemonRecord(const QString &id, const QJsonObject &changes = {});

} // namespace Postroom
