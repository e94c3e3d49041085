#include "ui/uisettings.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Postroom;

class TestUiSettings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void remembers()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("deep/window.json"));
        {
            UiSettings settings(path);
            QVERIFY(!settings.closeToTray());
            QSignalSpy changed(&settings, &UiSettings::changed);
            settings.setCloseToTray(true);
            settings.setCloseToTray(true);
            QCOMPARE(changed.size(), 1);
            settings.setLanguage(QStringLiteral("de"));
            settings.setGeometry("\x01\x02");
        }
        UiSettings settings(path);
        QVERIFY(settings.closeToTray());
        QCOMPARE(settings.language(), QStringLiteral("de"));
        QCOMPARE(settings.geometry(), QByteArray("\x01\x02"));
        QCOMPARE(QFile::permissions(path) & (QFile::ReadOther | QFile::ReadGroup), QFile::Permissions());
    }

    void keepsWhatItDoesNotKnow()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("window.json"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"future": {"a": 1}, "startHidden": "not a bool"})");
        file.close();
        {
            UiSettings settings(path);
            QVERIFY(!settings.startHidden());
            settings.setPage(QStringLiteral("home"));
        }
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
        QCOMPARE(object.value(QLatin1String("future")).toObject().value(QLatin1String("a")).toInt(), 1);
        QCOMPARE(object.value(QLatin1String("page")).toString(), QStringLiteral("home"));
    }

    void damagedFileCountsAsEmpty()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("window.json"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"language\": \"de");
        file.close();
        UiSettings settings(path);
        QVERIFY(settings.language().isEmpty());
        settings.setLanguage(QStringLiteral("en"));
        settings.flush();
        QCOMPARE(UiSettings(path).language(), QStringLiteral("en"));
    }
};

QTEST_MAIN(TestUiSettings)
#include "test_uisettings.moc"
