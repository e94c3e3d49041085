// Every input of the corpus through its target, whole and cut short at every byte: what libFuzzer once found, and what
// the formats look like, is checked by every ordinary run.
#include "tests/fuzz/fuzztargets.h"

#include <QDir>
#include <QTest>

using namespace Postroom;

namespace
{

struct Target {
    const char *name;
    void (*run)(const QByteArray &input);
};
constexpr Target targets[]{{"tokenbody", Fuzz::tokenBody}, {"challenges", Fuzz::challenges},
    {"retryafter", Fuzz::retryAfter}, {"jwt", Fuzz::jwt}, {"callback", Fuzz::callback}, {"profile", Fuzz::profile},
    {"discovery", Fuzz::discovery}};

} // namespace

class TestFuzzCorpus : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyFolderHasATarget();
    void inputs_data();
    void inputs();
    void aBrokenRuleIsSeen();
};

void TestFuzzCorpus::everyFolderHasATarget()
{
    QStringList names;
    for (const Target &target : targets)
        names.append(QString::fromLatin1(target.name));
    names.sort();
    const QDir corpus(QStringLiteral(FUZZ_CORPUS));
    QCOMPARE(corpus.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name), names);
}

void TestFuzzCorpus::inputs_data()
{
    QTest::addColumn<int>("target");
    QTest::addColumn<QString>("path");
    for (int i = 0; i < static_cast<int>(std::size(targets)); ++i) {
        const QDir folder(QStringLiteral(FUZZ_CORPUS "/") + QLatin1String(targets[i].name));
        const QStringList files = folder.entryList(QDir::Files, QDir::Name);
        QVERIFY(files.size() >= 5);
        for (const QString &file : files)
            QTest::addRow("%s/%s", targets[i].name, qUtf8Printable(file)) << i << folder.filePath(file);
    }
}

void TestFuzzCorpus::inputs()
{
    QFETCH(int, target);
    QFETCH(QString, path);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray input = file.readAll();
    for (qsizetype size = input.size(); size >= 0; --size) {
        try {
            targets[target].run(input.left(size));
        } catch (const Fuzz::Broken &broken) {
            QFAIL(qPrintable(QStringLiteral("at %1 of %2 bytes: %3")
                    .arg(size)
                    .arg(input.size())
                    .arg(QString::fromUtf8(broken.what()))));
        }
    }
}

void TestFuzzCorpus::aBrokenRuleIsSeen()
{
    QVERIFY_THROWS_EXCEPTION(Fuzz::Broken, Fuzz::require(false, "a rule"));
}

QTEST_GUILESS_MAIN(TestFuzzCorpus)
#include "test_fuzz_corpus.moc"
