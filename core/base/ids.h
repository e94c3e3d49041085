// Names for things that must not be mixed up: an account id is not a workspace id, although both are text.
#pragma once

#include <QHashFunctions>
#include <QMetaType>
#include <QString>
#include <compare>
#include <utility>

namespace Postroom
{

template <typename Tag>
class Id
{
public:
    Id() = default;
    explicit Id(QString text) : m_text(std::move(text)) { }
    const QString &text() const { return m_text; }
    bool isEmpty() const { return m_text.isEmpty(); }
    static Id create(); // a fresh random one, 16 lower-case hexadecimal digits

    friend bool operator==(const Id &, const Id &) = default;
    friend bool operator<(const Id &a, const Id &b) { return a.m_text < b.m_text; }
    friend size_t qHash(const Id &id, size_t seed = 0) { return ::qHash(id.m_text, seed); }

private:
    QString m_text;
};

QString randomHex(int digits); // from the system's random source

template <typename Tag>
Id<Tag> Id<Tag>::create()
{
    return Id(randomHex(16));
}

using AccountId = Id<struct AccountTag>;
using WorkspaceId = Id<struct WorkspaceTag>;
using TransferId = Id<struct TransferTag>;
using SignInId = Id<struct SignInTag>;

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::AccountId)
Q_DECLARE_METATYPE(Postroom::WorkspaceId)
Q_DECLARE_METATYPE(Postroom::TransferId)
Q_DECLARE_METATYPE(Postroom::SignInId)
