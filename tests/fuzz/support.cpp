#include "tests/fuzz/fuzztargets.h"

#include <QString>
#include <algorithm>

namespace Postroom::Fuzz
{

bool isOneLine(const QString &text)
{
    return std::none_of(text.begin(), text.end(), [](QChar c) {
        return c.category() == QChar::Other_Control || c.category() == QChar::Separator_Line
            || c.category() == QChar::Separator_Paragraph;
    });
}

QByteArray takeLine(QByteArray *rest)
{
    const qsizetype end = rest->indexOf('\n');
    const QByteArray line = end < 0 ? *rest : rest->left(end);
    *rest = end < 0 ? QByteArray() : rest->mid(end + 1);
    return line;
}

} // namespace Postroom::Fuzz
