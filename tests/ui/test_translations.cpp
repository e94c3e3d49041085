#include "models/sentences.h"
#include "tests/support/fakedesk.h"
#include "tests/ui/notingopener.h"
#include "ui/mainwindow.h"
#include "ui/translations.h"
#include "ui/uisettings.h"

#include <QListWidget>
#include <QTest>

using namespace Postroom;

class TestTranslations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { installTranslations(QStringLiteral("de")); }

    void sentencesAndWindow()
    {
        QVERIFY(availableLanguages().contains(QStringLiteral("de")));
        FakeDesk desk;
        fillAttention(desk);
        QCOMPARE(sentenceFor(signedOutAccount(), desk.time).text,
            QStringLiteral("Abgemeldet von Example um 14:02: Die Anmeldung ist abgelaufen."));
        UiSettings settings{QString()};
        NotingOpener opener;
        MainWindow window(&desk, &settings, &opener);
        QCOMPARE(
            window.findChild<QListWidget *>(QStringLiteral("sidebar"))->item(0)->text(), QStringLiteral("Übersicht"));
    }

    void pluralForms()
    {
        FakeDesk desk;
        WorkspaceStatus workspace = goodWorkspace();
        workspace.state = WorkspaceState::Conflicts;
        workspace.conflicts = 1;
        QCOMPARE(sentenceFor(workspace, desk.time).text, QStringLiteral("1 Datei wurde hier und dort geändert."));
        workspace.conflicts = 3;
        QCOMPARE(sentenceFor(workspace, desk.time).text, QStringLiteral("3 Dateien wurden hier und dort geändert."));
    }
};

QTEST_MAIN(TestTranslations)
#include "test_translations.moc"
