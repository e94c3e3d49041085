// A sign-in that another program obtained and that is to be kept here from now on.
#pragma once

#include "core/oauth/tokens.h"

#include <QJsonObject>
#include <QUrl>
#include <optional>

namespace Postroom
{

// Where an account came from: written into its record together with the account itself, so that a start after a crash
// knows what was moved and what was not. `token` is the fingerprint of the refresh token (of the access token where
// there is none) that was taken.
struct ImportOrigin {
    QString source; // agent-relay, relayfile, claude-code
    QString path; // of that program's file
    QString token;

    friend bool operator==(const ImportOrigin &, const ImportOrigin &) = default;
};

// Taken as it is: no token of it is redeemed on the way in.
struct ImportedSignIn {
    TokenSet tokens;
    QUrl tokenEndpoint; // where these tokens are renewed; empty: where the profile says
    ImportOrigin origin;
};

// The note among the fields of a record that it does not know itself. Nothing when there is none or half of one.
std::optional<ImportOrigin> originIn(const QJsonObject &fields);
// Nothing removes the note.
void noteOrigin(QJsonObject *fields, const std::optional<ImportOrigin> &origin);

} // namespace Postroom
