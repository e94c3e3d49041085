// A certificate that is made for one test run and that nobody trusts.
#pragma once

#include <QSslConfiguration>

namespace Postroom
{

// For a server on 127.0.0.1: a fresh key and a certificate signed with itself.
QSslConfiguration untrustedServerConfiguration();

} // namespace Postroom
