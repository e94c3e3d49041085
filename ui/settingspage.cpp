#include "ui/settingspage.h"

#include "ui/metrics.h"
#include "ui/translations.h"
#include "ui/uisettings.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QKeySequence>
#include <QVBoxLayout>

namespace Postroom
{
namespace
{

QLabel *makeHeading(QWidget *parent, const QString &text)
{
    auto *label = new QLabel(text, parent);
    QFont font = label->font();
    font.setWeight(QFont::DemiBold);
    label->setFont(font);
    return label;
}

} // namespace

SettingsPage::SettingsPage(UiSettings *settings, QWidget *parent)
    : QScrollArea(parent), m_settings(settings), m_language(new QComboBox(this)),
      m_closeToTray(new QCheckBox(tr("&Keep running in the tray when the window is closed"), this)),
      m_startHidden(new QCheckBox(tr("Start &hidden in the tray"), this)),
      m_trayText(makeText(this, QStringLiteral("trayText")))
{
    setObjectName(QStringLiteral("settingsPage"));
    setAccessibleName(tr("Settings"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setFocusPolicy(Qt::NoFocus);
    auto *content = new QWidget(this);
    auto *column = new QVBoxLayout(content);
    const int edge = em(this, 1.2);
    column->setContentsMargins(edge, edge, edge, edge);
    column->setSpacing(em(this, 0.6));

    auto *title = makeText(content, QStringLiteral("settingsTitle"));
    makeTitle(title);
    title->setText(tr("Settings"));
    column->addWidget(title);
    column->addSpacing(em(this, 0.4));

    auto *languageRow = new QHBoxLayout;
    languageRow->setSpacing(em(this, 0.7));
    auto *languageLabel = new QLabel(tr("&Language:"), content);
    languageLabel->setBuddy(m_language);
    m_language->setObjectName(QStringLiteral("languageBox"));
    m_language->setAccessibleName(tr("Language"));
    m_language->addItem(tr("As the system"), QString());
    // Each language under its own name, for those who read no other.
    const QStringList languages = availableLanguages();
    for (const QString &language : languages)
        m_language->addItem(QLocale(QLocale(language).language()).nativeLanguageName(), language);
    m_language->setCurrentIndex(std::max(0, m_language->findData(settings->language())));
    languageRow->addWidget(languageLabel);
    languageRow->addWidget(m_language);
    languageRow->addStretch(1);
    column->addLayout(languageRow);
    auto *languageText = makeText(content, QStringLiteral("languageText"));
    languageText->setText(tr("A change shows at the next start."));
    makeQuiet(languageText);
    column->addWidget(languageText);
    column->addSpacing(em(this, 0.8));

    column->addWidget(makeHeading(content, tr("Window")));
    m_closeToTray->setObjectName(QStringLiteral("closeToTrayBox"));
    m_closeToTray->setAccessibleName(tr("Keep running in the tray when the window is closed"));
    m_startHidden->setObjectName(QStringLiteral("startHiddenBox"));
    m_startHidden->setAccessibleName(tr("Start hidden in the tray"));
    m_closeToTray->setChecked(settings->closeToTray());
    m_startHidden->setChecked(settings->startHidden());
    makeQuiet(m_trayText);
    column->addWidget(m_closeToTray);
    column->addWidget(m_startHidden);
    column->addWidget(m_trayText);
    column->addSpacing(em(this, 0.8));

    column->addWidget(makeHeading(content, tr("Keys")));
    auto *keys = new QFormLayout;
    keys->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    keys->setHorizontalSpacing(em(this, 1.2));
    keys->setVerticalSpacing(em(this, 0.3));
    keys->setLabelAlignment(Qt::AlignLeading);
    const auto native = [](const char *sequence) {
        return QKeySequence(QString::fromLatin1(sequence)).toString(QKeySequence::NativeText);
    };
    const QList<std::pair<QString, QString>> list{
        {native("Ctrl+1") + QStringLiteral(" … ") + native("Ctrl+5"),
            tr("Home, Accounts, Workspaces, Activity, Settings")},
        {native("Ctrl+N"), tr("Sign in to an account")},
        {native("Ctrl+O"), tr("Push files to the chosen workspace")},
        {native("Ctrl+V"), tr("Push the files that were copied in a file manager")},
        {native("Ctrl+M"), tr("Add a mirror folder")},
        {native("F5"), tr("Look at the workspaces again")},
        {native("F6"), tr("Go to what needs you")},
        {native("F1"), tr("This list")},
        {native("Ctrl+W"), tr("Close the window")},
        {native("Ctrl+Q"), tr("Quit")},
    };
    for (const auto &[key, what] : list) {
        auto *name = new QLabel(key, content);
        auto *text = makeText(content, QString());
        text->setText(what);
        keys->addRow(name, text);
    }
    column->addLayout(keys);
    column->addStretch(1);
    setWidget(content);
    content->setAutoFillBackground(false);
    viewport()->setAutoFillBackground(false);

    connect(m_language, &QComboBox::currentIndexChanged, this,
        [this] { m_settings->setLanguage(m_language->currentData().toString()); });
    connect(m_closeToTray, &QCheckBox::toggled, m_settings, &UiSettings::setCloseToTray);
    connect(m_startHidden, &QCheckBox::toggled, m_settings, &UiSettings::setStartHidden);
    setTrayPresent(false);
}

void SettingsPage::setTrayPresent(bool present)
{
    m_closeToTray->setEnabled(present);
    m_startHidden->setEnabled(present);
    m_trayText->setText(present
            ? tr("A click on the tray icon brings the window back. If the tray goes away, so does the hiding.")
            : tr("There is no tray on this desktop at the moment, so closing the window quits."));
}

} // namespace Postroom
