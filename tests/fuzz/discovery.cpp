#include "core/oauth/discovery.h"

#include "core/oauth/identity.h"
#include "tests/fuzz/fuzztargets.h"

namespace Postroom::Fuzz
{

void discovery(const QByteArray &input)
{
    static const QUrl issuer(QStringLiteral("https://auth.example.com"));
    const auto read = readServerMetadata(input, issuer);
    if (!read) {
        const Error &error = read.error();
        require(error.origin == Origin::Discovery && error.kind == ErrorClass::Config, "a document says nothing more");
        require(!error.message.isEmpty() && isOneLine(error.message) && isOneLine(error.detail), "one line each");
        return;
    }
    require(isSameIssuer(read->issuer.toString(QUrl::FullyEncoded), issuer), "a document is of its issuer");
    require(!read->endpoints.token.isEmpty(), "a sign-in server has a token endpoint");
    for (const QUrl &url : {read->endpoints.authorization, read->endpoints.token, read->endpoints.deviceAuthorization,
             read->endpoints.revocation, read->endpoints.userinfo, read->endpoints.registration})
        require(url.isEmpty() || isTrustworthyUrl(url), "an address is encrypted");
}

} // namespace Postroom::Fuzz
