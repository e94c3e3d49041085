#include "core/http/headers.h"
#include "tests/fuzz/fuzztargets.h"

#include <algorithm>

namespace Postroom::Fuzz
{
namespace
{

bool isToken(const QString &text, QByteArrayView others)
{
    return std::all_of(text.begin(), text.end(), [others](QChar c) {
        return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z')
            || (c.unicode() < 0x80 && others.contains(static_cast<char>(c.unicode())));
    });
}

bool isName(const QString &text)
{
    return !text.isEmpty() && text == text.toLower() && isToken(text, "!#$%&'*+-.^_`|~");
}

QByteArray written(const AuthChallenge &challenge)
{
    QByteArray text = challenge.scheme.toLatin1();
    if (!challenge.token68.isEmpty())
        text += ' ' + challenge.token68.toLatin1();
    bool first = challenge.token68.isEmpty();
    for (auto it = challenge.parameters.begin(); it != challenge.parameters.end(); ++it) {
        QByteArray value = it.value().toUtf8();
        value.replace('\\', "\\\\").replace('"', "\\\"");
        text += (first ? " " : ", ") + it.key().toLatin1() + "=\"" + value + '"';
        first = false;
    }
    return text;
}

bool isSame(const AuthChallenge &a, const AuthChallenge &b)
{
    return a.scheme == b.scheme && a.token68 == b.token68 && a.parameters == b.parameters;
}

} // namespace

void challenges(const QByteArray &input)
{
    const QList<AuthChallenge> read = parseChallenges(input);
    require(read.size() <= input.size(), "a challenge takes a byte at least");
    QByteArray text;
    for (const AuthChallenge &challenge : read) {
        require(isName(challenge.scheme), "a scheme is a token in small letters");
        require(isToken(challenge.token68, "-._~+/="), "a token68 has its own letters");
        for (auto it = challenge.parameters.begin(); it != challenge.parameters.end(); ++it)
            require(isName(it.key()), "a parameter's name is a token in small letters");
        text += (text.isEmpty() ? "" : ", ") + written(challenge);
    }
    const QList<AuthChallenge> again = parseChallenges(text);
    require(std::equal(read.begin(), read.end(), again.begin(), again.end(), isSame), "what was read can be written");
}

} // namespace Postroom::Fuzz
