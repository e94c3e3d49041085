#include "core/oauth/profile.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/httpclient.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QSet>
#include <array>
#include <utility>

namespace Postroom
{
namespace
{

constexpr qsizetype profileLimit = 64 * 1024;
constexpr qsizetype listLimit = 200;
constexpr qsizetype textLimit = 2048;
constexpr qint64 longestLead = 7 * 24 * 3600;

constexpr std::array<std::pair<ProviderKind, const char *>, 5> kinds{{
    {ProviderKind::OAuth2, "oauth2"},
    {ProviderKind::Mcp, "mcp"},
    {ProviderKind::RelayfileCloud, "relayfile-cloud"},
    {ProviderKind::RelayfileServer, "relayfile-server"},
    {ProviderKind::Claude, "claude"},
}};

constexpr std::array<std::pair<ClientAuth, const char *>, 3> clientAuths{{
    {ClientAuth::None, "none"},
    {ClientAuth::Basic, "basic"},
    {ClientAuth::Post, "post"},
}};

constexpr std::array<std::pair<TokenFormat, const char *>, 2> tokenFormats{{
    {TokenFormat::Form, "form"},
    {TokenFormat::Json, "json"},
}};

// Parameters that each sign-in decides for itself.
constexpr std::array reservedParameters{"response_type", "response_mode", "client_id", "redirect_uri", "state", "nonce",
    "code_challenge", "code_challenge_method", "scope", "resource", "request", "request_uri"};

// Headers that belong to the request itself.
constexpr std::array reservedHeaders{
    "authorization", "proxy-authorization", "cookie", "host", "connection", "content-length", "transfer-encoding"};

template <typename Names>
bool isOneOf(const Names &names, const QString &text)
{
    return std::any_of(names.begin(), names.end(),
        [&text](const char *name) { return text.compare(QLatin1String(name), Qt::CaseInsensitive) == 0; });
}

// What a profile may say about an answer; the rest (cancel, store, …) never comes from a server.
constexpr std::array mappableClasses{ErrorClass::Server, ErrorClass::Infra, ErrorClass::Rate, ErrorClass::Reauth,
    ErrorClass::Client, ErrorClass::Config, ErrorClass::Scope, ErrorClass::Policy};

// Reads one object of the file, notes the first thing that is wrong and which keys nobody asked for.
class Reader
{
public:
    Reader(QJsonObject object, QString path, Reader *parent)
        : m_object(std::move(object)), m_path(std::move(path)), m_parent(parent)
    {
    }

    void complain(const QString &key, const QString &expectation)
    {
        if (m_parent) {
            m_parent->complain(m_path + QLatin1Char('.') + key, expectation);
        } else if (m_problem.isEmpty()) {
            m_key = key;
            m_problem = expectation;
        }
    }
    bool has(const char *key)
    {
        m_known.insert(QLatin1String(key));
        return m_object.contains(QLatin1String(key));
    }
    QString text(const char *key)
    {
        if (!has(key))
            return {};
        const QJsonValue value = m_object.value(QLatin1String(key));
        const QString content = value.toString();
        if (!value.isString() || content.trimmed().isEmpty() || content.size() > textLimit
            || content != oneLine(content, textLimit))
            complain(QLatin1String(key), QCoreApplication::translate("Postroom", "one line of text"));
        return content;
    }
    QUrl url(const char *key)
    {
        const QString content = text(key);
        if (content.isEmpty())
            return {};
        const QUrl address(content, QUrl::StrictMode);
        if (!isTrustworthyUrl(address) || address.hasFragment())
            complain(QLatin1String(key),
                QCoreApplication::translate("Postroom", "an https address (http only to this computer)"));
        return address;
    }
    QStringList texts(const char *key)
    {
        QStringList list;
        if (!has(key))
            return list;
        const QJsonValue value = m_object.value(QLatin1String(key));
        const QJsonArray array = value.toArray();
        bool good = value.isArray() && array.size() <= listLimit;
        for (const QJsonValue &entry : array) {
            good = good && entry.isString() && !entry.toString().isEmpty() && entry.toString().size() <= textLimit;
            list.append(entry.toString());
        }
        if (!good)
            complain(QLatin1String(key), QCoreApplication::translate("Postroom", "a list of texts"));
        return list;
    }
    std::optional<std::chrono::seconds> seconds(const char *key)
    {
        if (!has(key))
            return std::nullopt;
        const double number = m_object.value(QLatin1String(key)).toDouble(-1);
        if (number < 0 || number > static_cast<double>(longestLead)
            || number != static_cast<double>(static_cast<qint64>(number))) {
            complain(
                QLatin1String(key), QCoreApplication::translate("Postroom", "a whole number of seconds up to a week"));
            return std::nullopt;
        }
        return std::chrono::seconds(static_cast<qint64>(number));
    }
    bool flag(const char *key)
    {
        if (!has(key))
            return false;
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (!value.isBool())
            complain(QLatin1String(key), QCoreApplication::translate("Postroom", "true or false"));
        return value.toBool();
    }
    // Names and values that end up in a request. The keys are anybody's; `fits` says which can be used.
    template <typename Fits>
    QList<QPair<QString, QString>> pairs(const Fits &fits)
    {
        QList<QPair<QString, QString>> list;
        for (auto it = m_object.begin(); it != m_object.end(); ++it) {
            const QString value = it.value().toString();
            if (!it.value().isString() || value.size() > textLimit || list.size() >= listLimit
                || !fits(it.key(), value)) {
                complain(oneLine(it.key(), 60),
                    QCoreApplication::translate("Postroom", "a text that this request may carry"));
                break;
            }
            list.append({it.key(), value});
        }
        return list;
    }
    Reader object(const char *key)
    {
        const bool there = has(key);
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (there && !value.isObject())
            complain(QLatin1String(key), QCoreApplication::translate("Postroom", "an object"));
        return Reader(value.toObject(), QLatin1String(key), this);
    }
    template <typename Table>
    auto choice(const char *key, const Table &table, decltype(table.front().first) fallback)
    {
        auto chosen = fallback;
        if (!has(key))
            return chosen;
        const QString content = m_object.value(QLatin1String(key)).toString();
        QStringList names;
        for (const auto &[value, name] : table) {
            names.append(QLatin1String(name));
            if (content == QLatin1String(name))
                chosen = value;
        }
        if (!names.contains(content))
            complain(QLatin1String(key),
                QCoreApplication::translate("Postroom", "one of %1").arg(names.join(QStringLiteral(", "))));
        return chosen;
    }
    // A value that is kept for others and only has to be of this type.
    void expect(const char *key, QJsonValue::Type type)
    {
        if (has(key) && m_object.value(QLatin1String(key)).type() != type)
            complain(QLatin1String(key),
                type == QJsonValue::Array ? QCoreApplication::translate("Postroom", "a list")
                                          : QCoreApplication::translate("Postroom", "an object"));
    }
    QStringList unknownKeys() const
    {
        QStringList names;
        for (const QString &key : m_object.keys()) {
            if (!m_known.contains(key))
                names.append(oneLine(m_path.isEmpty() ? key : m_path + QLatin1Char('.') + key, 80));
        }
        return names;
    }
    const QJsonObject &raw() const { return m_object; }
    QString wrongKey() const { return m_key; }
    QString problem() const { return m_problem; }

private:
    QJsonObject m_object;
    QString m_path;
    Reader *m_parent;
    QSet<QString> m_known;
    QString m_key;
    QString m_problem;
};

Failure failProfile(const QString &sentence, const QString &detail = {})
{
    auto failure = failInput(QStringLiteral("profile"), sentence);
    failure.value().detail = detail;
    return failure;
}

void readScopes(Reader &scopes, ProviderProfile *profile)
{
    profile->defaultScopes = scopes.texts("default");
    for (const QString &scope : std::as_const(profile->defaultScopes)) {
        if (scope.contains(QLatin1Char(' ')))
            scopes.complain(
                QStringLiteral("default"), QCoreApplication::translate("Postroom", "scopes without spaces"));
    }
    scopes.expect("offered", QJsonValue::Array);
    const QJsonArray offered = scopes.raw().value(QLatin1String("offered")).toArray();
    for (const QJsonValue &entry : offered) {
        const QString scope = entry.toObject().value(QLatin1String("scope")).toString();
        const QString label = oneLine(entry.toObject().value(QLatin1String("label")).toString());
        if (scope.isEmpty() || scope.contains(QLatin1Char(' ')) || profile->offeredScopes.size() >= listLimit) {
            scopes.complain(QStringLiteral("offered"),
                QCoreApplication::translate("Postroom", "a list of objects with a scope and a label"));
            return;
        }
        profile->offeredScopes.append({scope, label.isEmpty() ? scope : label});
    }
}

void readErrorCodes(Reader &codes, ProviderProfile *profile)
{
    const QJsonObject &table = codes.raw();
    for (auto it = table.begin(); it != table.end(); ++it) {
        const QString name = it.value().toString();
        const ErrorClass kind = errorClassFromString(name);
        const bool mappable = std::find(mappableClasses.begin(), mappableClasses.end(), kind) != mappableClasses.end();
        if (toString(kind) != name || !mappable) {
            QStringList names;
            for (const ErrorClass one : mappableClasses)
                names.append(toString(one));
            codes.complain(oneLine(it.key(), 60),
                QCoreApplication::translate("Postroom", "one of %1").arg(names.join(QStringLiteral(", "))));
            return;
        }
        profile->errorCodes.insert(it.key().toLower(), kind);
    }
}

bool isVisibleAscii(const QString &text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() >= 0x20 && c.unicode() <= 0x7e; });
}

void readAuthorization(Reader &authorization, ProviderProfile *profile)
{
    static const QRegularExpression shape(QStringLiteral("^[A-Za-z0-9_.-]{1,64}$"));
    profile->authorizationParameters = authorization.pairs([](const QString &name, const QString &value) {
        return shape.match(name).hasMatch() && !isOneOf(reservedParameters, name) && value == oneLine(value, textLimit);
    });
}

void readProbe(Reader &probe, ProviderProfile *profile)
{
    static constexpr std::array<std::pair<int, const char *>, 3> methods{{{0, "GET"}, {1, "HEAD"}, {2, "POST"}}};
    const int method = probe.choice("method", methods, 0);
    const QUrl url = probe.url("url");
    if (url.isEmpty())
        probe.complain(QStringLiteral("url"), QCoreApplication::translate("Postroom", "a text"));
    profile->probe = ProfileProbe{methods.at(static_cast<std::size_t>(method)).second, url};
}

void readQuota(Reader &quota, Reader &headers, ProviderProfile *profile)
{
    static const QRegularExpression shape(QStringLiteral("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"));
    ProfileQuota read;
    read.url = quota.url("url");
    read.format = quota.text("format");
    if (read.url.isEmpty())
        quota.complain(QStringLiteral("url"), QCoreApplication::translate("Postroom", "a text"));
    const auto pairs = headers.pairs([](const QString &name, const QString &value) {
        return shape.match(name).hasMatch() && !isOneOf(reservedHeaders, name) && isVisibleAscii(value);
    });
    for (const auto &[name, value] : pairs)
        read.headers.append({name.toLatin1(), value.toLatin1()});
    profile->quota = read;
}

} // namespace

Result<ProfileReading> readProfile(const QByteArray &json)
{
    if (json.size() > profileLimit)
        return failProfile(QCoreApplication::translate("Postroom", "The profile is larger than 64 KiB."));
    auto parsed = parseJsonObject(json);
    if (!parsed)
        return failProfile(
            QCoreApplication::translate("Postroom", "The profile is not a JSON object."), parsed.error().detail);

    ProfileReading reading;
    ProviderProfile &profile = reading.profile;
    profile.source = *parsed;
    Reader root(*parsed, {}, nullptr);

    static const QRegularExpression idShape(QStringLiteral("^[a-z0-9][a-z0-9._-]{0,63}$"));
    profile.id = root.text("id");
    if (!idShape.match(profile.id).hasMatch())
        root.complain(QStringLiteral("id"),
            QCoreApplication::translate("Postroom", "1 to 64 of a-z, 0-9, dot, hyphen and underscore"));
    profile.name = root.text("name");
    if (profile.name.isEmpty())
        root.complain(QStringLiteral("name"), QCoreApplication::translate("Postroom", "one line of text"));
    if (!root.has("kind"))
        root.complain(QStringLiteral("kind"), QCoreApplication::translate("Postroom", "a text"));
    profile.kind = root.choice("kind", kinds, ProviderKind::OAuth2);
    profile.issuer = root.url("issuer");
    profile.suggestedIssuer = root.url("suggestedIssuer");
    profile.resource = root.text("resource");
    profile.apiHosts = root.texts("apiHosts");

    Reader endpoints = root.object("endpoints");
    profile.endpoints = {endpoints.url("authorization"), endpoints.url("token"), endpoints.url("deviceAuthorization"),
        endpoints.url("revocation"), endpoints.url("userinfo"), endpoints.url("registration")};
    Reader client = root.object("client");
    profile.clientId = client.text("id");
    profile.clientAuth = client.choice("auth", clientAuths, ClientAuth::None);
    profile.clientMetadata = client.url("metadata");
    Reader scopes = root.object("scopes");
    readScopes(scopes, &profile);
    Reader refresh = root.object("refresh");
    profile.refreshLead = refresh.seconds("leadSeconds");
    profile.handOutSkew = refresh.seconds("handOutSkewSeconds");
    profile.sendScope = refresh.flag("sendScope");
    Reader authorization = root.object("authorization");
    readAuthorization(authorization, &profile);
    profile.tokenFormat = root.choice(
        "tokenFormat", tokenFormats, profile.kind == ProviderKind::Claude ? TokenFormat::Json : TokenFormat::Form);
    Reader codes = root.object("errorCodes");
    readErrorCodes(codes, &profile);

    Reader scopeProblems = root.object("scopeProblems");
    profile.scopeProblems = {scopeProblems.texts("reasons"), scopeProblems.texts("messages")};
    Reader probe = root.object("probe");
    if (root.has("probe"))
        readProbe(probe, &profile);
    Reader quota = root.object("quota");
    Reader headers = quota.object("headers");
    if (root.has("quota"))
        readQuota(quota, headers, &profile);

    if (!root.problem().isEmpty())
        return failProfile(QCoreApplication::translate("Postroom", "In the profile, “%1” has to be %2.")
                               .arg(root.wrongKey(), root.problem()),
            root.wrongKey());
    for (const Reader *part : {&root, &endpoints, &client, &scopes, &refresh, &scopeProblems, &probe, &quota}) {
        for (const QString &key : part->unknownKeys())
            reading.warnings.append(
                QCoreApplication::translate("Postroom", "The key “%1” is not known and has no effect.").arg(key));
    }
    return reading;
}

QString toString(ProviderKind kind)
{
    for (const auto &[value, name] : kinds) {
        if (value == kind)
            return QString::fromLatin1(name);
    }
    return {};
}

QString toString(ClientAuth auth)
{
    for (const auto &[value, name] : clientAuths) {
        if (value == auth)
            return QString::fromLatin1(name);
    }
    return {};
}

std::optional<ClientAuth> clientAuthFromString(const QString &text)
{
    for (const auto &[value, name] : clientAuths) {
        if (text == QLatin1String(name))
            return value;
    }
    return std::nullopt;
}

} // namespace Postroom
