#include "core/writeback/transfer.h"

#include <array>
#include <utility>

namespace Postroom
{
namespace
{

constexpr std::array<std::pair<ItemState, const char *>, 8> stateNames{{
    {ItemState::Queued, "queued"},
    {ItemState::Sending, "sending"},
    {ItemState::Waiting, "waiting"},
    {ItemState::Acked, "acked"},
    {ItemState::Failed, "failed"},
    {ItemState::Attention, "attention"},
    {ItemState::Refused, "refused"},
    {ItemState::Cancelled, "cancelled"},
}};

} // namespace

bool TransferItem::isFinal() const
{
    switch (state) {
    case ItemState::Queued:
    case ItemState::Sending:
    case ItemState::Waiting:
        return false;
    case ItemState::Acked:
    case ItemState::Failed:
    case ItemState::Attention:
    case ItemState::Refused:
    case ItemState::Cancelled:
        return true;
    }
    return true;
}

QString toString(ItemState state)
{
    for (const auto &[entry, name] : stateNames) {
        if (entry == state)
            return QString::fromLatin1(name);
    }
    return {};
}

std::optional<ItemState> itemStateFromString(const QString &text)
{
    for (const auto &[entry, name] : stateNames) {
        if (text == QLatin1String(name))
            return entry;
    }
    return std::nullopt;
}

} // namespace Postroom
