// The numbers that a person may change: how patiently sign-ins are renewed, how often quotas are asked, how long the
// history is kept.
#pragma once

#include "core/base/error.h"

#include <QCoroTask>
#include <QJsonObject>
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <chrono>
#include <optional>
#include <span>

namespace Postroom
{

enum class Setting {
    RefreshInitialRetry, // the first pause of a short series of retries
    RefreshMaxRetry, // the longest pause of that series
    RefreshTries, // how many retries a short series has
    RefreshLongRetry, // the first pause after the series
    RefreshLongRetryMax, // the longest pause after the series
    RefreshStalledAfter, // how long trouble lasts before it is called stalled
    RefreshRequestTimeout, // for one request to a token endpoint
    QuotaInterval, // between two looks at a quota
    ActivityKeep, // age of the oldest entry of the history
};

// What there is to know about one setting. Spans are in seconds.
struct SettingSpec {
    enum class Unit { Seconds, Times };

    Setting id;
    const char *key; // as in the file and on the command line
    Unit unit;
    qint64 fallback;
    qint64 least;
    qint64 most;
};

// Owned by the composition root, used in its thread. The file is <config>/settings.json, one JSON object with a member
// per changed setting: a span as "90s", "10m", "24h" or "7d", or a plain number. Members that are not known stay.
class Settings final : public QObject
{
    Q_OBJECT
public:
    // An empty path: nothing is kept.
    explicit Settings(QString path, QObject *parent = nullptr);
    ~Settings() override;

    static std::span<const SettingSpec> all();
    static const SettingSpec &spec(Setting setting);
    static std::optional<Setting> find(const QString &key);

    // Reads the file; blocking, small. One that is no JSON object is moved aside to settings.json.damaged and told
    // with an error of class Input, code "damaged"; the defaults are in force then. A value that is out of its range
    // counts as not set.
    Result<void> load();

    qint64 value(Setting setting) const; // seconds or times
    std::chrono::seconds span(Setting setting) const { return std::chrono::seconds(value(setting)); }
    int count(Setting setting) const { return static_cast<int>(value(setting)); }
    bool isChanged(Setting setting) const { return value(setting) != spec(setting).fallback; }

    // Takes what a person wrote and saves it before it is in force; what somebody else wrote into the file meanwhile
    // is taken over. Codes: "bad-setting" with the accepted range in the sentence (class Input), or of the file.
    QCoro::Task<Result<void>> set(Setting setting, QString text);
    // The same by key; an unknown one is "no-setting" (class Input).
    QCoro::Task<Result<void>> set(QString key, QString text);

    // "10s", "24h", "5": the shortest way to write it that set() reads again.
    static QString textOf(Setting setting, qint64 value);

Q_SIGNALS:
    void changed(Postroom::Setting setting);

private:
    void adopt(const QJsonObject &values);

    QString m_path;
    QJsonObject m_values;
    QThreadPool m_writer;
};

// "90s", "5m", "2h", "1d" or plain seconds, at most nine digits.
std::optional<std::chrono::seconds> parseDuration(const QString &text);

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::Setting)
