// Whether this computer has a way to a host at all, as its own routes say. Private to the http room.
#pragma once

#include <QUrl>

namespace Postroom
{

// False only where the kernel knows no route: to the address in `url`, or to any address outside where it has a name.
// Sends nothing and waits for nothing.
bool hasWayOut(const QUrl &url);

} // namespace Postroom
