// The seven shapes as pictures. They are drawn in one colour each, chosen for the palette at the moment of painting.
#pragma once

#include "models/sentences.h"

#include <QIcon>
#include <QPalette>

namespace Postroom
{

QIcon shapeIcon(Shape shape); // any size, any pixel ratio, follows the palette
QColor shapeColor(Shape shape, const QPalette &palette);
QString shapeName(Shape shape); // for screen readers: "needs you"

QIcon applicationIcon();
// The application's icon with the shape in its corner: for a panel, whose colour nobody tells us.
QIcon trayIcon(Shape shape);

bool isDark(const QPalette &palette);

} // namespace Postroom
