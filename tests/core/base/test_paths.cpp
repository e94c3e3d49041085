#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/paths.h"

using namespace Postroom;

namespace
{

QProcessEnvironment environmentOf(const QMap<QString, QString> &values)
{
    QProcessEnvironment environment;
    for (auto it = values.cbegin(); it != values.cend(); ++it)
        environment.insert(it.key(), it.value());
    return environment;
}

mode_t modeOf(const QString &path)
{
    struct stat info{};
    return ::stat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mode & 07777 : 0;
}

const QString home = QStringLiteral("HOME");

class TestPaths : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { ::umask(022); }

    void defaults()
    {
        const auto paths = pathsForProfile({}, environmentOf({{home, QStringLiteral("/home/me")}}));
        QVERIFY(paths);
        QCOMPARE(paths->profile, QString());
        QCOMPARE(paths->home, QStringLiteral("/home/me"));
        QCOMPARE(paths->config, QStringLiteral("/home/me/.config/postroom"));
        QCOMPARE(paths->state, QStringLiteral("/home/me/.local/state/postroom"));
        QCOMPARE(paths->cacheHome, QStringLiteral("/home/me/.cache"));
        QCOMPARE(paths->runtime, QStringLiteral("/home/me/.local/state/postroom/run"));
        QCOMPARE(paths->socket(), paths->runtime + QStringLiteral("/socket"));
        QCOMPARE(paths->vaultNamespace(), QStringLiteral("postroom"));
    }

    void variables()
    {
        const auto paths = pathsForProfile({},
            environmentOf(
                {{home, QStringLiteral("/home/me")}, {QStringLiteral("XDG_CONFIG_HOME"), QStringLiteral("/c/")},
                    {QStringLiteral("XDG_STATE_HOME"), QStringLiteral("/s/../t")},
                    {QStringLiteral("XDG_CACHE_HOME"), QStringLiteral("/cache")},
                    {QStringLiteral("XDG_RUNTIME_DIR"), QStringLiteral("/run/user/1000")}}));
        QVERIFY(paths);
        QCOMPARE(paths->config, QStringLiteral("/c/postroom"));
        QCOMPARE(paths->state, QStringLiteral("/t/postroom"));
        QCOMPARE(paths->cacheHome, QStringLiteral("/cache"));
        QCOMPARE(paths->runtime, QStringLiteral("/run/user/1000/postroom"));
    }

    void relativeAndEmptyVariablesAreIgnored()
    {
        for (const QString &odd :
            {QString(), QStringLiteral("relative/path"), QStringLiteral("."), QStringLiteral("~")}) {
            const auto paths = pathsForProfile({},
                environmentOf({{home, QStringLiteral("/home/me")}, {QStringLiteral("XDG_CONFIG_HOME"), odd},
                    {QStringLiteral("XDG_STATE_HOME"), odd}, {QStringLiteral("XDG_RUNTIME_DIR"), odd}}));
            QVERIFY(paths);
            QCOMPARE(paths->config, QStringLiteral("/home/me/.config/postroom"));
            QCOMPARE(paths->runtime, QStringLiteral("/home/me/.local/state/postroom/run"));
        }
    }

    void oddHomes()
    {
        for (const QString &odd : {QString(), QStringLiteral("relative"), QStringLiteral("~")}) {
            const auto paths = pathsForProfile({}, environmentOf({{home, odd}}));
            QVERIFY(paths);
            QVERIFY(QDir::isAbsolutePath(paths->home));
            QVERIFY(paths->config.startsWith(paths->home));
        }
        const auto none = pathsForProfile({}, QProcessEnvironment());
        QVERIFY(none);
        QVERIFY(QDir::isAbsolutePath(none->home));
        const auto spaces = pathsForProfile({}, environmentOf({{home, QStringLiteral("/home/m e/ü%1")}}));
        QCOMPARE(spaces->config, QStringLiteral("/home/m e/ü%1/.config/postroom"));
    }

    void profilesAreApart()
    {
        const auto environment = environmentOf({{home, QStringLiteral("/home/me")},
            {QStringLiteral("XDG_RUNTIME_DIR"), QStringLiteral("/run/user/1000")}});
        const auto work = pathsForProfile(QStringLiteral("work"), environment);
        QVERIFY(work);
        QCOMPARE(work->profile, QStringLiteral("work"));
        QCOMPARE(work->config, QStringLiteral("/home/me/.config/postroom/profiles/work"));
        QCOMPARE(work->state, QStringLiteral("/home/me/.local/state/postroom/profiles/work"));
        QCOMPARE(work->runtime, QStringLiteral("/run/user/1000/postroom/profiles/work"));
        QCOMPARE(work->vaultNamespace(), QStringLiteral("postroom-work"));
        const auto named = pathsForProfile(QStringLiteral("default"), environment);
        QCOMPARE(named->config, pathsForProfile({}, environment)->config);
    }

    void profileNames_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("allowed");
        QTest::newRow("letters") << QStringLiteral("Work-2_b") << true;
        QTest::newRow("32") << QString(32, QLatin1Char('a')) << true;
        QTest::newRow("33") << QString(33, QLatin1Char('a')) << false;
        QTest::newRow("up") << QStringLiteral("..") << false;
        QTest::newRow("slash") << QStringLiteral("a/b") << false;
        QTest::newRow("space") << QStringLiteral("a b") << false;
        QTest::newRow("line end") << QStringLiteral("a\n") << false;
        QTest::newRow("zero") << QStringLiteral("a") + QChar(0) << false;
        QTest::newRow("umlaut") << QStringLiteral("ä") << false;
        QTest::newRow("percent") << QStringLiteral("%1") << false;
    }

    void profileNames()
    {
        QFETCH(QString, name);
        QFETCH(bool, allowed);
        const auto paths = pathsForProfile(name, environmentOf({{home, QStringLiteral("/home/me")}}));
        QCOMPARE(bool(paths), allowed);
        if (!allowed)
            QCOMPARE(paths.error().code, QStringLiteral("profile-name"));
    }

    void foldersArePrivate()
    {
        QTemporaryDir folder;
        ::umask(0);
        const auto paths = pathsForProfile(QStringLiteral("work"), environmentOf({{home, folder.path()}}));
        QVERIFY(paths->ensure());
        QVERIFY(paths->ensure());
        for (const QString &path : {paths->config, paths->state, paths->runtime})
            QCOMPARE(modeOf(path), mode_t(0700));
        // Also those on the way that were missing.
        QCOMPARE(modeOf(folder.filePath(QStringLiteral(".config"))), mode_t(0700));
        QCOMPARE(modeOf(folder.filePath(QStringLiteral(".config/postroom/profiles"))), mode_t(0700));
    }

    void openFolderIsClosed()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("open"));
        QVERIFY(QDir().mkpath(path));
        QCOMPARE(::chmod(QFile::encodeName(path).constData(), 0777), 0);
        QVERIFY(ensurePrivateDirectory(path));
        QCOMPARE(modeOf(path), mode_t(0700));
    }

    void oddUmask()
    {
        QTemporaryDir folder;
        ::umask(0277);
        const auto made = ensurePrivateDirectory(folder.filePath(QStringLiteral("one")));
        ::umask(022);
        QVERIFY(made);
        QCOMPARE(modeOf(folder.filePath(QStringLiteral("one"))), mode_t(0700));
    }

    void whereNoFolderCanBe()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("file")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        for (const QString &path : {file.fileName(), file.fileName() + QStringLiteral("/below")}) {
            const auto made = ensurePrivateDirectory(path);
            QVERIFY(!made);
            QCOMPARE(made.error().code, QStringLiteral("no-directory"));
            QVERIFY(made.error().message.contains(path));
        }
        QVERIFY(!ensurePrivateDirectory(QStringLiteral("/proc/postroom")));
    }

    void folderOfSomebodyElse()
    {
        if (::geteuid() != 0) {
            // Nobody but root can make one; the root folder is one.
            QCOMPARE(ensurePrivateDirectory(QStringLiteral("/")).error().code, QStringLiteral("not-private"));
            return;
        }
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("theirs"));
        QVERIFY(QDir().mkpath(path));
        QCOMPARE(::chown(QFile::encodeName(path).constData(), 65534, 65534), 0);
        const auto made = ensurePrivateDirectory(path);
        QVERIFY(!made);
        QCOMPARE(made.error().code, QStringLiteral("not-private"));
    }

    void manyAtOnce()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("a/b/c/d/e"));
        std::atomic<int> made = 0;
        std::vector<std::unique_ptr<QThread>> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back(QThread::create([&made, path] { made += ensurePrivateDirectory(path) ? 1 : 0; }));
            threads.back()->start();
        }
        for (const auto &thread : threads)
            thread->wait();
        QCOMPARE(made.load(), 8);
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestPaths)
#include "test_paths.moc"
