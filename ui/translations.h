// The languages that the program speaks, and how it comes to speak one.
#pragma once

#include <QString>
#include <QStringList>

namespace Postroom
{

// Codes of the languages in the program's resources, English first, which needs none.
QStringList availableLanguages();

// Installs the catalogues of `language` (empty: the system's) for our texts and Qt's own, and makes it the default
// locale when it was chosen. Before any window is made. Thread: the application's.
void installTranslations(const QString &language);

} // namespace Postroom
