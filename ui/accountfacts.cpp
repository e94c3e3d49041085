// The facts on the page of an account; the rest of the page is in accountdetails.cpp.
#include "core/base/text.h"
#include "models/choicesentences.h"
#include "models/words.h"
#include "ui/accountdetails.h"
#include "ui/metrics.h"

#include <QGridLayout>
#include <QPushButton>
#include <algorithm>

namespace Postroom
{
namespace
{

QString sayStorage(const AccountStatus &account)
{
    if (account.custody == Custody::Observed || account.state == AccountState::SignedOut)
        return {};
    switch (account.storage) {
    case StorageState::Saved:
        return AccountDetails::tr("the keychain");
    case StorageState::Unsaved:
        return AccountDetails::tr("memory; not in the keychain yet");
    case StorageState::Locked:
        return AccountDetails::tr("the keychain, which is locked");
    case StorageState::Absent:
        return AccountDetails::tr("memory until you quit; no keychain is running");
    case StorageState::Corrupt:
        return AccountDetails::tr("the keychain, in a form that cannot be read");
    case StorageState::Session:
        return AccountDetails::tr("memory until you quit, as you chose");
    }
    return {};
}

} // namespace

void AccountDetails::makeFacts()
{
    m_facts->setColumnStretch(1, 1);
    m_facts->setHorizontalSpacing(em(this, 1));
    m_facts->setVerticalSpacing(em(this, 0.45));
    m_provider = addFact(QStringLiteral("factProvider"), tr("Provider"));
    m_subject = addFact(QStringLiteral("factSubject"), tr("Signed in as"));
    m_serves = addFact(QStringLiteral("factServes"), tr("Serving now"));
    m_usable = addFact(QStringLiteral("factUsable"), tr("Works until"));
    m_next = addFact(QStringLiteral("factNext"), tr("Next try"), m_try);
    m_ends = addFact(QStringLiteral("factEnds"), tr("Sign-in ends"));
    m_storage = addFact(QStringLiteral("factStorage"), tr("Kept in"));
    m_scopes = addFact(QStringLiteral("factScopes"), tr("Rights"));
    m_missing = addFact(QStringLiteral("factMissing"), tr("Missing rights"), m_grant);
    m_trouble = addFact(QStringLiteral("factTrouble"), tr("Last trouble"));
    m_code = addFact(QStringLiteral("factCode"), tr("In technical terms"));
}

void AccountDetails::addRow(const QString &caption, QWidget *field)
{
    auto *label = new QLabel(caption, this);
    label->setAlignment(Qt::AlignLeading | Qt::AlignTop);
    makeQuiet(label);
    const int row = m_facts->rowCount();
    m_facts->addWidget(label, row, 0);
    m_facts->addWidget(field, row, 1);
    m_captions.insert(field, label);
}

QLabel *AccountDetails::addFact(const QString &name, const QString &caption)
{
    auto *value = makeText(this, name);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    addRow(caption, value);
    return value;
}

QLabel *AccountDetails::addFact(const QString &name, const QString &caption, QPushButton *button)
{
    auto *box = new QWidget(this);
    auto *row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(em(this, 0.7));
    auto *value = makeText(box, name);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    row->addWidget(value, 0, Qt::AlignTop);
    row->addWidget(button, 0, Qt::AlignTop);
    row->addStretch(1);
    addRow(caption, box);
    return value;
}

// The first line of the words lies level with the button beside them, while there is one.
void AccountDetails::showBeside(QLabel *value, QPushButton *button, bool shown)
{
    button->setVisible(shown);
    const int lower = shown ? std::max(0, (button->sizeHint().height() - fontMetrics().height()) / 2) : 0;
    value->setContentsMargins(0, lower, 0, 0);
    m_captions.value(value->parentWidget())->setContentsMargins(0, lower, 0, 0);
}

void AccountDetails::put(QLabel *value, const QString &text)
{
    value->setText(text);
    QWidget *field = m_captions.contains(value) ? value : value->parentWidget();
    field->setVisible(!text.isEmpty());
    m_captions.value(field)->setVisible(!text.isEmpty());
}

void AccountDetails::putTime(QLabel *value, const std::optional<QDateTime> &at)
{
    const QLocale locale;
    put(value, at ? sayClock(*at, m_actions->desk()->now(), locale) : QString());
    value->setToolTip(at ? locale.toString(at->toLocalTime(), QLocale::LongFormat) : QString());
}

void AccountDetails::fillFacts()
{
    const QDateTime now = m_actions->desk()->now();
    const QLocale locale;
    QString provider = oneLine(m_account.providerName, 80);
    if (!m_account.host.isEmpty())
        provider = provider.isEmpty() ? oneLine(m_account.host, 80)
                                      //: A provider's name and its server
                                      : tr("%1, %2").arg(provider, oneLine(m_account.host, 80));
    put(m_provider, provider);
    put(m_subject, oneLine(m_account.subject, 120));
    put(m_serves, sayWhoServes(m_actions->desk()->accounts(), m_account, now, locale));
    putTime(m_usable, m_account.usableUntil);
    if (m_account.expiryAssumed && m_account.usableUntil)
        m_usable->setText(tr("%1, as far as is known: the server did not say").arg(m_usable->text()));
    putTime(m_next, m_account.nextAt);
    if (m_account.state == AccountState::Refreshing)
        put(m_next, tr("now: the sign-in is being renewed"));
    m_captions.value(m_next->parentWidget())
        ->setText(m_account.state == AccountState::Fresh || m_account.state == AccountState::Refreshing
                ? tr("Renewed next")
                : tr("Next try"));
    putTime(m_ends, m_account.signInEndsAt);
    if (m_account.signInEndsAt && *m_account.signInEndsAt > now)
        //: A date, and how long it is until then
        m_ends->setText(tr("%1, in %2").arg(m_ends->text(), saySpan(now.secsTo(*m_account.signInEndsAt), locale)));
    put(m_storage, sayStorage(m_account));
}

QString AccountDetails::labelOf(const QString &scope) const
{
    const QString label = oneLine(m_scopeLabels.value(scope), 80);
    return label.isEmpty() ? sayScope(scope) : label;
}

void AccountDetails::fillRights()
{
    QStringList rights;
    for (const QString &scope : std::as_const(m_account.scopes))
        rights.append(labelOf(scope));
    rights.removeDuplicates();
    put(m_scopes, oneLine(rights.join(QLatin1String(", ")), 400));
    m_scopes->setToolTip(oneLine(m_account.scopes.join(QLatin1Char(' ')), 600));

    constexpr int most = 8;
    QStringList missing;
    for (const QString &scope : std::as_const(m_account.missingScopes)) {
        if (missing.size() < most)
            missing.append(QStringLiteral("• ") + labelOf(scope));
    }
    const auto more = static_cast<int>(m_account.missingScopes.size() - missing.size());
    if (more > 0)
        missing.append(counted("and 1 more", QT_TRANSLATE_N_NOOP("Postroom", "and %n more"), more));
    put(m_missing, missing.join(QLatin1Char('\n')));
    m_missing->setToolTip(oneLine(m_account.missingScopes.join(QLatin1Char(' ')), 600));
    showBeside(m_missing, m_grant, m_account.custody == Custody::Managed);
}

void AccountDetails::fillTrouble()
{
    QString trouble;
    QStringList terms;
    if (m_account.lastError) {
        const Error &error = m_account.lastError->error;
        const QString when = sayTime(m_account.lastError->at, m_actions->desk()->now(), QLocale());
        //: What happened, and when
        trouble = when.isEmpty() ? sayProblem(error) : tr("%1 (%2)").arg(sayProblem(error), when);
        if (error.status > 0)
            terms.append(QString::number(error.status));
        if (!error.code.isEmpty())
            terms.append(oneLine(error.code, 60));
        if (m_account.lastError->attempt > 1)
            terms.append(tr("try %1").arg(m_account.lastError->attempt));
        if (!error.requestId.isEmpty())
            terms.append(tr("request %1").arg(oneLine(error.requestId, 80)));
        terms.append(toString(error.origin) + QLatin1Char('/') + toString(error.kind));
        if (!error.detail.isEmpty())
            terms.append(oneLine(error.detail, 200));
    }
    put(m_trouble, trouble);
    put(m_code, terms.join(QStringLiteral(" · ")));
}

} // namespace Postroom
