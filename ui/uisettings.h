// What the window remembers: language, how it starts and closes, where it was.
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QObject>
#include <QString>
#include <QThreadPool>

namespace Postroom
{

// One small JSON file, read when this is made, written whole and atomically on a thread of its own after each change.
// Keys it does not know are kept. A file that cannot be read counts as empty and is left alone until something changes.
// Owner: the composition root. Thread: the window's.
class UiSettings final : public QObject
{
    Q_OBJECT
public:
    explicit UiSettings(QString path, QObject *parent = nullptr); // an empty path: remembers nothing
    ~UiSettings() override;

    QString language() const; // "de", empty: the system's
    void setLanguage(const QString &language);
    bool startHidden() const;
    void setStartHidden(bool hidden);
    bool closeToTray() const;
    void setCloseToTray(bool close);
    QByteArray geometry() const;
    void setGeometry(const QByteArray &geometry);
    QString page() const;
    void setPage(const QString &page);

    void flush(); // waits until everything is on disk

Q_SIGNALS:
    void changed();

private:
    void put(const QString &key, const QJsonValue &value);

    QString m_path;
    QJsonObject m_values;
    QThreadPool m_writer;
};

} // namespace Postroom
