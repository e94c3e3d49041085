// What a person fills in before a sign-in, and the request that comes of it; the rest is in signindialog.cpp.
#include "core/base/text.h"
#include "models/words.h"
#include "ui/metrics.h"
#include "ui/signindialog.h"
#include "ui/stateline.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHostAddress>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSet>
#include <QVBoxLayout>
#include <algorithm>

namespace Postroom
{
namespace
{

enum Way { InBrowser, WithCode, WithToken };

bool isLoopback(const QString &host)
{
    return host == QLatin1String("localhost") || QHostAddress(host).isLoopback();
}

// What a person typed as a server: "files.acme.example" is meant as https.
QUrl serverFrom(const QString &typed)
{
    const QString text = typed.trimmed();
    if (text.isEmpty())
        return {};
    QUrl url(text.contains(QLatin1String("://")) ? text : QStringLiteral("https://") + text, QUrl::StrictMode);
    const bool known
        = url.scheme() == QLatin1String("https") || (url.scheme() == QLatin1String("http") && isLoopback(url.host()));
    if (!url.isValid() || url.host().isEmpty() || !known || !url.userInfo().isEmpty())
        return {};
    return url;
}

// The ways in, in the order in which they are asked for less and less. A profile that names its endpoints and cannot
// look others up has no way but those.
QList<std::pair<QString, int>> waysOf(const ProviderProfile &profile)
{
    QList<std::pair<QString, int>> ways;
    const bool complete = !profile.endpoints.token.isEmpty() && profile.issuer.isEmpty();
    const bool flows = profile.kind != ProviderKind::RelayfileServer;
    if (flows && (!complete || !profile.endpoints.authorization.isEmpty()))
        ways.append({SignInDialog::tr("In the browser on this computer"), InBrowser});
    if (flows && (!complete || !profile.endpoints.deviceAuthorization.isEmpty()))
        ways.append({SignInDialog::tr("With a code, in a browser anywhere"), WithCode});
    ways.append({SignInDialog::tr("With a token that I have"), WithToken});
    return ways;
}

} // namespace

void SignInDialog::makeFields(QWidget *page)
{
    m_method = new QComboBox(page);
    m_methodField = addField(page, m_method, tr("&How:"), QStringLiteral("methodBox"));
    m_server = new QLineEdit(page);
    m_server->setPlaceholderText(QStringLiteral("https://"));
    m_server->setInputMethodHints(Qt::ImhUrlCharactersOnly | Qt::ImhNoPredictiveText);
    m_serverField = addField(page, m_server, tr("Ser&ver:"), QStringLiteral("serverEdit"));
    m_clientId = new QLineEdit(page);
    m_clientIdField
        = addField(page, m_clientId, tr("Client &ID, as the provider gave it to you:"), QStringLiteral("clientIdEdit"));
    m_clientSecret = new QLineEdit(page);
    m_clientSecret->setEchoMode(QLineEdit::Password);
    m_clientSecretField
        = addField(page, m_clientSecret, tr("Client &secret, if there is one:"), QStringLiteral("clientSecretEdit"));
    m_token = new QLineEdit(page);
    m_token->setEchoMode(QLineEdit::Password);
    m_token->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    m_tokenField = addField(page, m_token, tr("&Token:"), QStringLiteral("tokenEdit"));
    m_refreshToken = new QLineEdit(page);
    m_refreshToken->setEchoMode(QLineEdit::Password);
    m_refreshToken->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    m_refreshTokenField = addField(
        page, m_refreshToken, tr("Token to &renew it with, if there is one:"), QStringLiteral("refreshTokenEdit"));
    m_scopes = new QWidget(page);
    auto *boxes = new QVBoxLayout(m_scopes);
    boxes->setContentsMargins(0, 0, 0, 0);
    boxes->setSpacing(em(this, 0.15));
    m_scopesField = addField(page, m_scopes,
        m_wish == SignInWish::MoreAccess ? tr("What Postroom may do besides:") : tr("What Postroom may do:"),
        QStringLiteral("scopeBoxes"));
    m_label = new QLineEdit(page);
    m_label->setPlaceholderText(tr("Chosen for you when left empty"));
    m_labelField = addField(page, m_label, tr("What you want to &call this account:"), QStringLiteral("labelEdit"));
}

void SignInDialog::sayWhatFor()
{
    m_providers->setVisible(!m_account);
    m_chooseText->setBuddy(m_account ? nullptr : m_providers); // with a buddy an ampersand is a mnemonic
    if (!m_account) {
        m_chooseTitle->setText(tr("Sign in"));
        m_chooseText->setText(tr("&What do you want to sign in to?"));
        return;
    }
    const QString who = oneLine(m_account->subject.isEmpty() ? m_account->label : m_account->subject, 80);
    m_chooseTitle->setText(m_wish == SignInWish::MoreAccess ? tr("Grant more access") : tr("Sign in again"));
    QString text = who.isEmpty() ? tr("You are asked to sign in with the same account as before.")
                                 : tr("You are asked to sign in as %1.").arg(who);
    if (!m_account->stepUp.isEmpty())
        text.prepend(
            tr("%1 wants you to confirm who you are.").arg(oneLine(m_account->providerName, 60)) + QLatin1Char(' '));
    m_chooseText->setText(text);
}

void SignInDialog::showFields()
{
    clearProblems();
    const auto chosen = profile();
    m_start->setEnabled(chosen.has_value());
    if (!chosen) {
        const QList<Field> all = fields();
        for (const Field &field : all)
            field.box->hide();
        return;
    }
    const QList<std::pair<QString, int>> ways = waysOf(*chosen);
    QList<std::pair<QString, int>> present;
    for (int i = 0; i < m_method->count(); ++i)
        present.append({m_method->itemText(i), m_method->itemData(i).toInt()});
    if (present != ways) {
        const QSignalBlocker quiet(m_method);
        m_method->clear();
        for (const auto &[text, way] : ways)
            m_method->addItem(text, way);
        m_method->setCurrentIndex(0);
    }
    const int way = m_method->currentData().toInt();
    const bool again = m_account.has_value(); // the account remembers server and client
    const bool flow = way != WithToken;
    const bool client = (chosen->needsClientId() || (m_clientIdAsked && chosen->kind == ProviderKind::Mcp)) && flow;
    m_methodField.box->setVisible(ways.size() > 1);
    m_serverField.box->setVisible(chosen->needsServer() && !again);
    m_clientIdField.box->setVisible(client && !again);
    m_clientSecretField.box->setVisible(
        flow && !again && ((chosen->kind == ProviderKind::OAuth2 && chosen->clientAuth != ClientAuth::None)));
    m_tokenField.box->setVisible(!flow);
    m_refreshTokenField.box->setVisible(!flow && chosen->kind != ProviderKind::RelayfileServer);
    m_labelField.box->setVisible(!again);
    if (!again)
        suggestServer(*chosen);
    showScopes(*chosen, flow && (!again || m_wish == SignInWish::MoreAccess));
}

// An address that the profile suggests is offered as if it had been typed, and goes with the profile.
void SignInDialog::suggestServer(const ProviderProfile &profile)
{
    const bool ours = !m_suggested.isEmpty() && m_server->text() == m_suggested.toString();
    if (ours || m_server->text().isEmpty())
        m_server->setText(profile.needsServer() ? profile.suggestedIssuer.toString() : QString());
    m_suggested = profile.suggestedIssuer;
}

void SignInDialog::showScopes(const ProviderProfile &profile, bool wanted)
{
    const QString whose = profile.id + (m_account ? m_account->id.text() : QString());
    if (wanted && whose != m_scopesOf) {
        m_scopesOf = whose;
        qDeleteAll(m_scopeBoxes);
        m_scopeBoxes.clear();
        QStringList missing = m_account ? m_account->missingScopes : QStringList();
        const auto add = [this](const QString &scope, const QString &label, bool ticked) {
            // An ampersand in a label is one, and no mnemonic.
            QString text = oneLine(label.isEmpty() ? sayScope(scope) : label, 80);
            auto *box = new QCheckBox(text.replace(QLatin1Char('&'), QStringLiteral("&&")), m_scopes);
            box->setObjectName(QStringLiteral("scopeBox%1").arg(m_scopeBoxes.size()));
            box->setAccessibleName(oneLine(label.isEmpty() ? scope : label, 80));
            box->setToolTip(oneLine(scope, 200));
            box->setProperty("scope", scope);
            box->setChecked(ticked);
            m_scopes->layout()->addWidget(box);
            m_scopeBoxes.append(box);
        };
        for (const OfferedScope &offered : profile.offeredScopes) {
            if (m_account && m_account->scopes.contains(offered.scope))
                continue;
            const bool lacks = missing.removeAll(offered.scope) > 0;
            add(offered.scope, offered.label, m_account ? lacks : profile.defaultScopes.contains(offered.scope));
        }
        for (const QString &scope : std::as_const(missing))
            add(scope, {}, true);
    }
    m_scopesField.box->setVisible(wanted && !m_scopeBoxes.isEmpty());
}

QStringList SignInDialog::tickedScopes() const
{
    QStringList ticked;
    for (const QCheckBox *box : m_scopeBoxes) {
        if (box->isChecked())
            ticked.append(box->property("scope").toString());
    }
    return ticked;
}

void SignInDialog::fillScopes(const ProviderProfile &profile, SignInRequest *request) const
{
    if (m_account) {
        request->scopes = m_account->scopes;
        request->furtherScopes = m_scopesField.box->isHidden() ? m_account->missingScopes : tickedScopes();
        return;
    }
    if (m_scopesField.box->isHidden())
        return;
    QStringList wanted = tickedScopes();
    // What cannot be chosen is asked for as ever.
    for (const QString &scope : profile.defaultScopes) {
        const bool offered = std::any_of(profile.offeredScopes.begin(), profile.offeredScopes.end(),
            [&scope](const OfferedScope &known) { return known.scope == scope; });
        if (!offered)
            wanted.append(scope);
    }
    const QSet<QString> usual(profile.defaultScopes.begin(), profile.defaultScopes.end());
    if (QSet<QString>(wanted.begin(), wanted.end()) != usual)
        request->scopes = wanted;
}

// False when something is missing; what it is stands beside its field.
bool SignInDialog::fillRequest(const ProviderProfile &profile, SignInRequest *request)
{
    request->providerId = profile.id;
    request->label = m_account ? QString() : m_label->text().trimmed();
    if (!m_serverField.box->isHidden()) {
        if (m_server->text().trimmed().isEmpty()) {
            showProblem(m_serverField.problem, m_server,
                tr("The address of the server is needed, such as files.acme.example."));
            return false;
        }
        request->server = serverFrom(m_server->text());
        if (request->server.isEmpty()) {
            showProblem(m_serverField.problem, m_server,
                tr("This is not an address that can be used. It starts with https:// or is on this computer."));
            return false;
        }
    }
    if (!m_clientIdField.box->isHidden()) {
        request->clientId = m_clientId->text().trimmed();
        if (request->clientId.isEmpty()) {
            showProblem(m_clientIdField.problem, m_clientId,
                tr("This provider knows apps by a client ID. It is in the provider's settings for apps."));
            return false;
        }
    }
    if (!m_clientSecretField.box->isHidden() && !m_clientSecret->text().isEmpty())
        request->clientSecret = Secret(m_clientSecret->text());
    const int way = m_method->currentData().toInt();
    request->method = way == WithCode ? SignInMethod::Device : SignInMethod::Browser;
    if (way == WithToken) {
        if (m_token->text().trimmed().isEmpty()) {
            showProblem(m_tokenField.problem, m_token, tr("Paste the token here."));
            return false;
        }
        request->pastedAccessToken = Secret(m_token->text().trimmed());
        if (!m_refreshTokenField.box->isHidden() && !m_refreshToken->text().trimmed().isEmpty())
            request->pastedRefreshToken = Secret(m_refreshToken->text().trimmed());
    } else {
        fillScopes(profile, request);
    }
    if (m_wish == SignInWish::MoreAccess && !m_scopesField.box->isHidden() && request->furtherScopes.isEmpty()) {
        showProblem(m_scopesField.problem, m_scopeBoxes.first(), tr("Tick what Postroom may do besides."));
        return false;
    }
    if (m_account) {
        request->account = m_account->id;
        request->acrValues = m_account->stepUp;
        request->maxAge = m_account->stepUpMaxAge;
    }
    return true;
}

} // namespace Postroom
