// A value that must not be seen: no conversion to text, no stream operator, wiped when the last owner lets go.
#pragma once

#include <QByteArray>
#include <memory>

namespace Postroom
{

// Copies share one buffer. Bytes are UTF-8 unless the owner says otherwise.
class Secret
{
public:
    Secret() = default;
    explicit Secret(const QByteArray &bytes);
    explicit Secret(const QString &text);

    bool isEmpty() const { return !m_bytes || m_bytes->isEmpty(); }
    qsizetype size() const { return m_bytes ? m_bytes->size() : 0; } // bytes
    // Where the value is really needed. The caller keeps the copy as short as it can.
    QByteArray reveal() const;
    // First 16 hexadecimal digits of SHA-256: tells two secrets apart in state files and logs.
    QString fingerprint() const;

    friend bool operator==(const Secret &a, const Secret &b); // constant time for equal lengths

private:
    std::shared_ptr<QByteArray> m_bytes;
};

// Compares in a time that does not depend on where the two differ.
bool equalInConstantTime(const QByteArray &a, const QByteArray &b);

} // namespace Postroom
