#include "core/base/ids.h"

#include <QRandomGenerator>

namespace Postroom
{

QString randomHex(int digits)
{
    QString text;
    text.reserve(digits);
    QRandomGenerator *source = QRandomGenerator::system();
    for (int i = 0; i < digits; ++i)
        text.append(QChar::fromLatin1("0123456789abcdef"[source->bounded(16)]));
    return text;
}

} // namespace Postroom
