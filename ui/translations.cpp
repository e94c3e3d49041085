#include "ui/translations.h"

#include <QCoreApplication>
#include <QDir>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

namespace Postroom
{
namespace
{

const QString folder = QStringLiteral(":/postroom/translations");

} // namespace

QStringList availableLanguages()
{
    QStringList languages{QStringLiteral("en")};
    const QStringList files = QDir(folder).entryList({QStringLiteral("postroom_*.qm")}, QDir::Files, QDir::Name);
    for (const QString &file : files)
        languages.append(file.section(QLatin1Char('_'), 1).section(QLatin1Char('.'), 0, 0));
    return languages;
}

void installTranslations(const QString &language)
{
    QLocale locale;
    if (!language.isEmpty() && availableLanguages().contains(language)) {
        const QLocale chosen(language);
        // Somebody in Austria who chooses German keeps the Austrian ways with dates and numbers.
        if (chosen.language() != locale.language()) {
            locale = chosen;
            QLocale::setDefault(locale);
        }
    }
    const auto install = [&locale](const QString &name, const QString &path) {
        auto *translator = new QTranslator(QCoreApplication::instance());
        if (translator->load(locale, name, QStringLiteral("_"), path))
            QCoreApplication::installTranslator(translator);
        else
            delete translator;
    };
    if (locale.language() == QLocale::English || locale.language() == QLocale::C)
        return;
    install(QStringLiteral("qtbase"), QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    install(QStringLiteral("postroom"), folder);
}

} // namespace Postroom
