#include "ui/urlopener.h"

#include <QDesktopServices>

namespace Postroom
{

bool DesktopUrlOpener::open(const QUrl &url)
{
    // A server names the link; nothing but the web and local folders is ever started from it.
    const QString scheme = url.scheme();
    if (scheme != QLatin1String("https") && scheme != QLatin1String("http") && !url.isLocalFile())
        return false;
    return QDesktopServices::openUrl(url);
}

} // namespace Postroom
