#include "core/base/secret.h"

#include <QCryptographicHash>
#include <QString>

namespace Postroom
{
namespace
{

void wipe(QByteArray *bytes)
{
    // The volatile pointer keeps the compiler from dropping a write to memory that is about to be freed.
    volatile char *at = bytes->data();
    for (qsizetype i = 0; i < bytes->size(); ++i)
        at[i] = 0;
    delete bytes;
}

} // namespace

Secret::Secret(const QByteArray &bytes) : m_bytes(new QByteArray(bytes.constData(), bytes.size()), wipe) { }

Secret::Secret(const QString &text) : m_bytes(new QByteArray(text.toUtf8()), wipe) { }

QByteArray Secret::reveal() const
{
    // A deep copy, so that wiping ours never writes into what the caller still holds.
    return m_bytes ? QByteArray(m_bytes->constData(), m_bytes->size()) : QByteArray();
}

QString Secret::fingerprint() const
{
    if (isEmpty())
        return {};
    return QString::fromLatin1(QCryptographicHash::hash(*m_bytes, QCryptographicHash::Sha256).toHex().left(16));
}

bool operator==(const Secret &a, const Secret &b)
{
    return equalInConstantTime(a.m_bytes ? *a.m_bytes : QByteArray(), b.m_bytes ? *b.m_bytes : QByteArray());
}

bool equalInConstantTime(const QByteArray &a, const QByteArray &b)
{
    if (a.size() != b.size())
        return false;
    unsigned char difference = 0;
    for (qsizetype i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned char>(a[i] ^ b[i]);
    return difference == 0;
}

} // namespace Postroom
