#include "core/writeback/run.h"

namespace Postroom
{

void Run::recount(std::chrono::milliseconds steady)
{
    using namespace std::chrono_literals;
    constexpr auto window = 5'000ms;

    Transfer &t = transfer;
    t.total = static_cast<int>(works.size());
    t.acked = t.failed = t.cancelled = 0;
    t.bytesTotal = 0;
    qint64 done = uploading;
    for (const Work &work : works) {
        switch (work.item.state) {
        case ItemState::Acked:
            ++t.acked;
            break;
        case ItemState::Failed:
        case ItemState::Attention:
        case ItemState::Refused:
            ++t.failed;
            break;
        case ItemState::Cancelled:
            ++t.cancelled;
            break;
        case ItemState::Queued:
        case ItemState::Sending:
        case ItemState::Waiting:
            break;
        }
        if (work.item.state == ItemState::Refused)
            continue;
        t.bytesTotal += work.item.bytes;
        if (work.item.isFinal() || work.item.state == ItemState::Waiting)
            done += work.item.bytes;
    }
    t.bytesDone = std::min(done, t.bytesTotal);

    t.bytesPerSecond = 0;
    t.secondsLeft.reset();
    if (t.finishedAt) {
        samples.clear();
        return;
    }
    samples.emplace_back(steady, t.bytesDone);
    while (samples.size() > 2 && steady - samples.front().first > window)
        samples.pop_front();
    const auto span = samples.back().first - samples.front().first;
    const qint64 moved = samples.back().second - samples.front().second;
    if (span > 0ms && moved > 0) {
        t.bytesPerSecond = static_cast<double>(moved) * 1000.0 / static_cast<double>(span.count());
        t.secondsLeft = qRound64(static_cast<double>(t.bytesTotal - t.bytesDone) / t.bytesPerSecond);
    }
}

} // namespace Postroom
