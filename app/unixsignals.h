// SIGTERM, SIGINT and SIGHUP as a Qt signal, so that a quit from outside saves as a quit from the menu does.
#pragma once

#include <QObject>

class QSocketNotifier;

namespace Postroom
{

// One per process, made in main().
class UnixSignals final : public QObject
{
    Q_OBJECT
public:
    explicit UnixSignals(QObject *parent = nullptr);
    ~UnixSignals() override;

Q_SIGNALS:
    void received(int number);

private:
    QSocketNotifier *m_notifier = nullptr;
};

} // namespace Postroom
