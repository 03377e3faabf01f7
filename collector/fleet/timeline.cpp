#include "collector/fleet/timeline.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

using std::chrono::milliseconds;

milliseconds ms(Elapsed time) { return std::chrono::duration_cast<milliseconds>(time); }

bool apart(WallTime a, WallTime b) { return std::max(a, b) - std::min(a, b) > clock_tolerance; }

}  // namespace

SampleTime time_of(const Instant& sample, const BootId& boot, const std::optional<BootClock>& clock,
                   WallTime arrival) {
  WallTime wall = sample.wall;
  if (clock && clock->boot == boot) {
    const WallTime known = clock->began + ms(sample.boottime);
    if (apart(wall, known)) wall = known;
  }
  if (wall > arrival + clock_tolerance) return {arrival, true};
  return {wall, false};
}

Passage advance(Timeline& timeline, const BootId& boot, const Instant& sample, WallTime wall,
                WallTime arrival) {
  Passage passage;
  const WallTime began = wall - ms(sample.boottime);
  const bool same_boot = timeline.started() && timeline.boot == boot;
  passage.new_boot = !same_boot;
  passage.placed_anew = same_boot && apart(began, timeline.began);
  if (!same_boot || passage.placed_anew) timeline.began = began;
  passage.at = timeline.began + ms(sample.boottime);

  const milliseconds lived =
      same_boot ? ms(sample.boottime - timeline.boottime) : ms(sample.boottime);
  const milliseconds asleep = same_boot ? ms(sample.asleep - timeline.asleep) : ms(sample.asleep);
  if (timeline.started()) {
    const WallTime from = std::max(timeline.accounted, arrival - oldest_accounted);
    if (!same_boot)
      passage.lost = {from, std::clamp(timeline.began, from, std::max(from, passage.at))};
    passage.lived = {std::max(from, passage.at - lived), passage.at};
    passage.asleep = std::clamp(asleep, milliseconds::zero(), passage.lived.length());
  }
  timeline.boot = boot;
  timeline.boottime = sample.boottime;
  timeline.asleep = sample.asleep;
  timeline.accounted = std::max(timeline.accounted, passage.at);
  return passage;
}

}  // namespace sobriety::collector
