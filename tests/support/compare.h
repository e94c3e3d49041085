// Lets QCOMPARE compare and print the enumerations of Postroom. Their toString() gives a QString, which Qt Test would
// find and could not use.
#pragma once

#include <QString>
#include <QTest>
#include <concepts>
#include <type_traits>

namespace Postroom
{

template <typename T>
concept NamedValue = std::is_enum_v<T> && requires(T value) {
    { toString(value) } -> std::same_as<QString>;
};

template <NamedValue T>
QString nameOfValue(T value)
{
    return toString(value);
}

} // namespace Postroom

namespace QTest
{

template <Postroom::NamedValue T>
bool qCompare(const T &t1, const T &t2, const char *actual, const char *expected, const char *file, int line)
{
    return compare_helper(
        t1 == t2, "Compared values are not the same", [&t1] { return toString(Postroom::nameOfValue(t1)); },
        [&t2] { return toString(Postroom::nameOfValue(t2)); }, actual, expected, file, line);
}

} // namespace QTest
