// An opener that takes notes.
#pragma once

#include "ui/urlopener.h"

#include <QList>

namespace Postroom
{

class NotingOpener final : public UrlOpener
{
public:
    bool open(const QUrl &url) override
    {
        opened.append(url);
        return works;
    }
    QList<QUrl> opened;
    bool works = true;
};

} // namespace Postroom
