#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTest>

#include "core/base/text.h"

using namespace Postroom;

namespace
{

const QString ellipsis(QChar(0x2026));

class TestText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneLineOf_data()
    {
        QTest::addColumn<QString>("foreign");
        QTest::addColumn<QString>("line");
        QTest::newRow("empty") << QString() << QString();
        QTest::newRow("plain") << QStringLiteral("Hello, world.") << QStringLiteral("Hello, world.");
        QTest::newRow("lines") << QStringLiteral("a\r\nb\tc") << QStringLiteral("a b c");
        QTest::newRow("spaces") << QStringLiteral("  a \n\n  b  ") << QStringLiteral("a b");
        QTest::newRow("only spaces") << QStringLiteral(" \t\n ") << QString();
        QTest::newRow("separators") << QStringLiteral("a\u2028b\u2029c\u0085d") << QStringLiteral("a b c d");
        QTest::newRow("escape") << QStringLiteral("a\u001b[31mred") << QStringLiteral("a [31mred");
        QTest::newRow("zero") << QStringLiteral("a") + QChar(0) + QStringLiteral("b") << QStringLiteral("a b");
        QTest::newRow("C1") << QStringLiteral("a\u009bb") << QStringLiteral("a b");
        QTest::newRow("override") << QStringLiteral("txt\u202egpj.exe") << QStringLiteral("txtgpj.exe");
        QTest::newRow("isolates") << QStringLiteral("\u2066a\u2069\u2067b\u2068c") << QStringLiteral("abc");
        QTest::newRow("marks") << QStringLiteral("a\u200e\u200f\u061cb") << QStringLiteral("ab");
        QTest::newRow("zero width") << QStringLiteral("a\u200b\u200d\ufeff\u00adb") << QStringLiteral("ab");
        QTest::newRow("tags") << QStringLiteral("a\U000e0041\U000e0042\U000e007fb") << QStringLiteral("ab");
        QTest::newRow("half a pair") << QStringLiteral("a") + QChar(0xd83d) + QStringLiteral("b") + QChar(0xde00)
                                     << QStringLiteral("ab");
        QTest::newRow("emoji") << QStringLiteral("a \U0001f600 b") << QStringLiteral("a \U0001f600 b");
        QTest::newRow("letters") << QStringLiteral("Grüße 世界 שלום") << QStringLiteral("Grüße 世界 שלום");
        QTest::newRow("markup stays text") << QStringLiteral("<b>x</b>") << QStringLiteral("<b>x</b>");
    }

    void oneLineOf()
    {
        QFETCH(QString, foreign);
        QFETCH(QString, line);
        QCOMPARE(oneLine(foreign), line);
    }

    void oneLineIsCut()
    {
        QCOMPARE(oneLine(QStringLiteral("abcdef"), 6), QStringLiteral("abcdef"));
        QCOMPARE(oneLine(QStringLiteral("abcdefg"), 6), QStringLiteral("abcde") + ellipsis);
        QCOMPARE(oneLine(QStringLiteral("abc   "), 3), QStringLiteral("abc"));
        QCOMPARE(oneLine(QStringLiteral("abc"), 1), ellipsis);
        QCOMPARE(oneLine(QStringLiteral("a"), 1), QStringLiteral("a"));
        QCOMPARE(oneLine(QStringLiteral("abc"), 0), QString());
        QCOMPARE(oneLine(QStringLiteral("abc"), -7), QString());
        // Never half a surrogate pair.
        const QString faces = QStringLiteral("\U0001f600\U0001f600\U0001f600");
        QCOMPARE(oneLine(faces, 6), faces);
        QCOMPARE(oneLine(faces, 5), faces.left(4) + ellipsis);
        QCOMPARE(oneLine(faces, 4), faces.left(2) + ellipsis);
        QCOMPARE(oneLine(faces, 1), ellipsis);
    }

    void oneLineAlwaysHolds()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        for (int i = 0; i < 3000; ++i) {
            QString foreign;
            const int length = static_cast<int>(random.bounded(40));
            for (int j = 0; j < length; ++j)
                foreign.append(
                    QChar(static_cast<char16_t>(random.bounded(3) ? random.bounded(0x80) : random.bounded(0x10000))));
            const int limit = random.bounded(-1, 30);
            const QString line = oneLine(foreign, limit);
            QVERIFY(line.size() <= std::max(0, limit));
            QVERIFY(line.isValidUtf16());
            for (const QChar c : line) {
                QVERIFY(c.category() != QChar::Other_Control);
                QVERIFY(c.category() != QChar::Other_Format);
                QVERIFY(!c.isSpace() || c == QLatin1Char(' '));
            }
            QCOMPARE(line, line.trimmed());
            QCOMPARE(oneLine(line, limit), line);
        }
    }

    void hugeTextIsQuick()
    {
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(oneLine(QString(20'000'000, QLatin1Char('x')), 200).size(), 200);
        QVERIFY(timer.elapsed() < 1000);
    }

    void urls_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("shown");
        QTest::newRow("plain") << QStringLiteral("https://example.org/a/b")
                               << QStringLiteral("https://example.org/a/b");
        QTest::newRow("query") << QStringLiteral("http://127.0.0.1:4711/callback?code=abc&state=xyz")
                               << QStringLiteral("http://127.0.0.1:4711/callback?code=***&state=***");
        QTest::newRow("user") << QStringLiteral("https://me:hunter22@example.org/")
                              << QStringLiteral("https://example.org/");
        QTest::newRow("fragment") << QStringLiteral("https://example.org/#access_token=abc")
                                  << QStringLiteral("https://example.org/");
        QTest::newRow("bare value") << QStringLiteral("https://example.org/?s3cr3tvalue")
                                    << QStringLiteral("https://example.org/?***=***");
        QTest::newRow("strange name") << QStringLiteral("https://example.org/?a%20b%2Fc=x")
                                      << QStringLiteral("https://example.org/?***=***");
        QTest::newRow("empty value") << QStringLiteral("https://example.org/?flag=")
                                     << QStringLiteral("https://example.org/?***=***");
        QTest::newRow("nothing") << QString() << QString();
    }

    void urls()
    {
        QFETCH(QString, url);
        QFETCH(QString, shown);
        QCOMPARE(redactedUrl(QUrl(url)), shown);
    }

    void plantedSecrets_data()
    {
        QTest::addColumn<QString>("text");
        const auto row = [](const char *name, const QString &text) { QTest::newRow(name) << text; };
        row("bearer", QStringLiteral("Authorization: Bearer %1"));
        row("bearer alone", QStringLiteral("sent bearer %1, got 401"));
        row("basic", QStringLiteral("Authorization: Basic %1"));
        row("token scheme", QStringLiteral("Authorization: token %1"));
        row("DPoP", QStringLiteral("authorization: DPoP %1"));
        row("cookie", QStringLiteral("Set-Cookie: session=%1; HttpOnly"));
        row("api key", QStringLiteral("x-api-key: %1"));
        row("json", QStringLiteral("{\"access_token\":\"%1\",\"expires_in\":3600}"));
        row("json spaces", QStringLiteral("{ \"refresh_token\" : \"%1\" }"));
        row("json camel case", QStringLiteral("{\"refreshToken\":\"%1\"}"));
        row("json secret", QStringLiteral("{\"client_secret\":\"%1\"}"));
        row("json in json", QStringLiteral("{\"body\":\"{\\\"refresh_token\\\":\\\"%1\\\"}\"}"));
        row("json in json in json", QStringLiteral("\\\\\\\"id_token\\\\\\\":\\\\\\\"%1\\\\\\\""));
        row("json words", QStringLiteral("{\"password\":\"correct %1 battery\"}"));
        row("json escapes", QStringLiteral("{\"password\":\"a\\\"b %1\"}"));
        row("relay", QStringLiteral("{\"relayfileToken\":\"%1\",\"relayfileRefreshToken\":\"%1\"}"));
        row("form", QStringLiteral("grant_type=refresh_token&refresh_token=%1&client_id=x"));
        row("query", QStringLiteral("GET /callback?code=%1&state=1"));
        row("verifier", QStringLiteral("code_verifier=%1"));
        row("device", QStringLiteral("device_code=%1"));
        row("user code", QStringLiteral("{\"user_code\":\"%1\"}"));
        row("percent encoded", QStringLiteral("next=%2Fcb%3Frefresh_token%3D%1"));
        row("yaml", QStringLiteral("api_key: %1"));
        row("single quotes", QStringLiteral("password='%1'"));
        row("python", QStringLiteral("{'access_token': '%1'}"));
        row("shell", QStringLiteral("export RELAY_TOKEN=%1"));
        row("passphrase", QStringLiteral("passphrase = %1"));
        row("line above", QStringLiteral("first\nAuthorization: Bearer %1\nlast"));
    }

    void plantedSecrets()
    {
        QFETCH(QString, text);
        for (const char *secret :
            {"A9f3kQ27zLw8", "s3cr3t-v4lue_x.y~z", "0123456789abcdef0123456789abcdef", "WDJB-MJHT"}) {
            const QString value = QString::fromLatin1(secret);
            const QString planted = QString(text).replace(QStringLiteral("%1"), value);
            const QString shown = redacted(planted);
            QVERIFY2(!shown.contains(value), qPrintable(shown));
            QVERIFY2(!shown.contains(value.mid(4)), qPrintable(shown));
            QVERIFY2(shown.contains(QStringLiteral("***")), qPrintable(shown));
            QCOMPARE(redacted(shown), shown);
        }
    }

    void tokensOfKnownShape_data()
    {
        QTest::addColumn<QString>("token");
        const QString header = QStringLiteral("eyJhbGciOiJSUzI1NiJ9");
        const QString body = QStringLiteral("eyJzdWIiOiIxMjM0NTY3ODkwIn0");
        QTest::newRow("JWT") << header + QLatin1Char('.') + body + QStringLiteral(".c2lnbmF0dXJl-_x");
        QTest::newRow("unsigned JWT") << header + QLatin1Char('.') + body + QLatin1Char('.');
        QTest::newRow("cut JWT") << header + QLatin1Char('.') + body.left(9);
        QTest::newRow("JWE") << header + QStringLiteral(".a.bbbb.cccc.dddd");
        QTest::newRow("relay") << QStringLiteral("relay_pa_") + header + QLatin1Char('.') + body
                + QStringLiteral(".sig");
        QTest::newRow("sk") << QStringLiteral("sk-ant-oat01-abcdefghijklmnopqrstuvwxyz");
        QTest::newRow("gh") << QStringLiteral("ghp_abcdefghijklmnopqrstuvwxyz0123456789");
        QTest::newRow("ya29") << QStringLiteral("ya29.a0AfH6SMBabcdefghijklmnop");
        QTest::newRow("xox") << QStringLiteral("xoxb-1234567890-abcdefghij");
    }

    void tokensOfKnownShape()
    {
        QFETCH(QString, token);
        for (const char *frame : {"%1", "the value %1 was refused", "x=\"%1\"", "[%1]", "https://e.org/%1/x", "<%1>"}) {
            const QString shown = redacted(QString::fromLatin1(frame).arg(token));
            QVERIFY2(!shown.contains(token.mid(token.size() / 2)), qPrintable(shown));
            QVERIFY2(!shown.contains(token.left(token.size() / 2)), qPrintable(shown));
        }
    }

    void plainTextStays_data()
    {
        QTest::addColumn<QString>("text");
        for (const char *text : {"The server did not answer.", "HTTP 503 from https://example.org/oauth/token",
                 "{\"code\":\"invalid_grant\",\"message\":\"no\"}", "code=forbidden", "status code: 404", "tokens: 3",
                 "the token is current", "keyJson.value", "{\"expires_in\":3600}",
                 "WWW-Authenticate: Bearer error=\"invalid_token\"", "2026-01-15T14:00:00.000Z",
                 "accessTokenExpiresAt: 2026-01-15"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }

    void plainTextStays()
    {
        QFETCH(QString, text);
        QCOMPARE(redacted(text), text);
    }

    void hostileTextIsQuick_data()
    {
        QTest::addColumn<QString>("piece");
        for (const char *piece :
            {"eyJ", "eyJaaaaaaaa", "eyJaaaaaaaa.", "-eyJ", "token", "token:", "token\\", "token \"", "token:\"\\",
                "Bearer ", "Basic", "a_", "_eyJ-", "sk-", "code=", "code:\\\"", "\\", "\"", "%3D", "cookie:", "x"})
            QTest::newRow(piece) << QString::fromLatin1(piece);
    }

    void hostileTextIsQuick()
    {
        QFETCH(QString, piece);
        QElapsedTimer timer;
        timer.start();
        const QString text = piece.repeated(1'000'000 / static_cast<int>(piece.size()));
        const QString shown = redacted(text + QStringLiteral(" access_token=A9f3kQ27zLw8"));
        QVERIFY(!shown.contains(QStringLiteral("A9f3kQ27zLw8")));
        QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
    }

    void secretBehindHostileTextIsMasked_data() { hostileTextIsQuick_data(); }

    void secretBehindHostileTextIsMasked()
    {
        QFETCH(QString, piece);
        // Within the length that is looked at: giving up on the pattern would show the secret.
        const QString text = piece.repeated(60'000 / static_cast<int>(piece.size()));
        const QString shown = redacted(text + QStringLiteral("\n{\"access_token\":\"A9f3kQ27zLw8\"}"));
        QVERIFY(!shown.contains(QStringLiteral("A9f3kQ27zLw8")));
        const QString tail = redacted(text + QStringLiteral("\nAuthorization: Bearer A9f3kQ27zLw8"));
        QVERIFY(!tail.contains(QStringLiteral("A9f3kQ27zLw8")));
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestText)
#include "test_text.moc"
