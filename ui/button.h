// A push button with room around its text. Some styles leave none, and words that touch a frame look like a mistake.
#pragma once

#include "ui/metrics.h"

#include <QPushButton>

namespace Postroom
{

class Button final : public QPushButton
{
    Q_OBJECT
public:
    using QPushButton::QPushButton;
    QSize sizeHint() const override { return QPushButton::sizeHint() + QSize(em(this, 0.9), em(this, 0.2)); }
    QSize minimumSizeHint() const override { return sizeHint(); }
};

} // namespace Postroom
