#include "collector/fleet/spread.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

using std::chrono::milliseconds;

__extension__ using Wide = __int128;  // a product of two 64-bit numbers

// floor(whole * at / length): the share of the first `at` of `length`. Differences of shares at
// ascending positions add up to the whole, whatever the rounding.
std::int64_t share(std::int64_t whole, milliseconds at, milliseconds length) {
  return static_cast<std::int64_t>(Wide{whole} * at.count() / length.count());
}

// Calls `take(hour, from, to)` for each hour that the span touches, with the hour's part of it as
// distances from the span's begin.
template <class Take>
void for_each_hour(Span span, Take take) {
  for (WallTime at = span.begin; at < span.end;) {
    const Hour hour = std::chrono::floor<std::chrono::hours>(at);
    const WallTime next = std::min<WallTime>(hour + std::chrono::hours{1}, span.end);
    take(hour, at - span.begin, next - span.begin);
    at = next;
  }
}

}  // namespace

void spread_time(Hours& hours, Span span, milliseconds part, Figure minor, Figure major) {
  const milliseconds length = span.length();
  for_each_hour(span, [&](Hour hour, milliseconds from, milliseconds to) {
    const std::int64_t of_part =
        share(part.count(), to, length) - share(part.count(), from, length);
    Figures& figures = figures_of(hours, hour);
    figures[minor] += of_part;
    figures[major] += (to - from).count() - of_part;
  });
}

void spread_energy(Hours& hours, Span span, Microjoules energy, Figure quality, Figure state) {
  if (energy == Microjoules{}) return;
  const auto whole = static_cast<std::int64_t>(energy.count());
  const auto add = [&](Hour hour, std::int64_t amount) {
    Figures& figures = figures_of(hours, hour);
    figures[quality] += amount;
    figures[state] += amount;
  };
  const milliseconds length = span.length();
  if (length == milliseconds::zero()) {
    add(std::chrono::floor<std::chrono::hours>(span.end), whole);
    return;
  }
  for_each_hour(span, [&](Hour hour, milliseconds from, milliseconds to) {
    add(hour, share(whole, to, length) - share(whole, from, length));
  });
}

}  // namespace sobriety::collector
