// Language, how the window starts and closes, and the keys.
#pragma once

#include <QScrollArea>

class QCheckBox;
class QComboBox;
class QLabel;

namespace Postroom
{

class UiSettings;

class SettingsPage final : public QScrollArea
{
    Q_OBJECT
public:
    SettingsPage(UiSettings *settings, QWidget *parent = nullptr);
    // Hiding the window makes sense only where there is a tray to bring it back.
    void setTrayPresent(bool present);

private:
    UiSettings *m_settings;
    QComboBox *m_language;
    QCheckBox *m_closeToTray;
    QCheckBox *m_startHidden;
    QLabel *m_trayText;
};

} // namespace Postroom
