// The readers of foreign bytes, each as one function over one input that checks what always has to hold. libFuzzer
// calls them through entry.cpp; test_fuzz_corpus calls them with every file of corpus/.
#pragma once

#include <QByteArray>
#include <stdexcept>

namespace Postroom::Fuzz
{

// Something that always has to hold did not. Nobody catches it under libFuzzer, which then keeps the input.
class Broken final : public std::logic_error
{
public:
    using std::logic_error::logic_error;
};

inline void require(bool holds, const char *rule)
{
    if (!holds)
        throw Broken(rule);
}

void tokenBody(const QByteArray &input); // an answer of a token endpoint
void challenges(const QByteArray &input); // WWW-Authenticate
void retryAfter(const QByteArray &input); // Retry-After and HTTP dates
void jwt(const QByteArray &input); // claims and id tokens
void callback(const QByteArray &input); // what comes in on the loopback listener
void profile(const QByteArray &input); // provider profiles
void discovery(const QByteArray &input); // authorization server metadata

// No control characters, no line or paragraph separators: fit for one line on a screen or in a log.
bool isOneLine(const QString &text);
// Takes the text up to the first line feed off the front of `rest`, without the line feed.
QByteArray takeLine(QByteArray *rest);

} // namespace Postroom::Fuzz
