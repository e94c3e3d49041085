// Small helpers that the sentence functions of this room share: translation, plural forms, quoting.
#pragma once

#include "core/base/error.h"
#include "core/base/text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QString>
#include <optional>

namespace Postroom
{

// Gives free functions a tr() whose texts lie in the context "Postroom".
struct Words {
    Q_DECLARE_TR_FUNCTIONS(Postroom)
};

// `many` holds %n and is what translators see. Without a catalogue the English singular is `one`, so that programs
// which load none (or cannot find theirs) still speak proper English.
QString counted(const char *one, const char *many, int number);

// Somebody else's words: one line, shortened, in quotation marks.
QString quoted(const QString &foreign);
// The same without quotation marks, and without a full stop at its end.
QString foreignReason(const QString &foreign);

// A provider as people write its name: "GitHub" for "github". `path` is a remote path or the provider's own id.
QString sayProvider(const QString &path);

// A right as people may read it: what a URL of a scope ends in, else the scope itself.
QString sayScope(const QString &scope);
// "mail, calendar and 3 more".
QString sayScopes(const QStringList &scopes, int most = 3);

// "14:02", "yesterday 14:02", "tomorrow 09:00": always a clock time, for "since" and "until".
QString sayClock(const QDateTime &time, const QDateTime &now, const QLocale &locale);
// "at 14:02", "yesterday 14:02".
QString sayAt(const QDateTime &time, const QDateTime &now, const QLocale &locale);
// "now" when it is due, else the clock time.
QString sayDue(const QDateTime &time, const QDateTime &now, const QLocale &locale);
// A problem as one or two sentences: what it is and what helps.
QString sayProblem(const Error &error);

} // namespace Postroom
