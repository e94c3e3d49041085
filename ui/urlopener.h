// The one way out to a browser or a file manager. Only ever called because a person clicked.
#pragma once

#include <QUrl>

namespace Postroom
{

// Owned by the composition root; a test hands in one that takes notes.
class UrlOpener
{
public:
    virtual ~UrlOpener() = default;
    virtual bool open(const QUrl &url) = 0;
};

class DesktopUrlOpener final : public UrlOpener
{
public:
    bool open(const QUrl &url) override;
};

} // namespace Postroom
