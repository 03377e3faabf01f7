#include "proto/base/counter.hpp"

#include <algorithm>
#include <utility>

namespace sobriety {

namespace {
// Time asleep is the difference of two clocks that are not read at once.
constexpr std::chrono::milliseconds shortest_sleep{100};
}  // namespace

Elapsed CounterExtension::longest_gap() const {
  if (limits_.range == 0) return limits_.longest_gap;
  // Half of the shortest possible time to wrap: range / ceiling.
  const double seconds = static_cast<double>(limits_.range) / 1e6 / limits_.ceiling.count() / 2;
  return std::min(limits_.longest_gap, Elapsed{static_cast<Elapsed::rep>(seconds * 1e9)});
}

void CounterExtension::continue_from(Microjoules total) {
  total_ = total;
  last_.reset();
  continued_ = true;
  largest_step_ = left_out_ = owed_ = 0;
}

bool CounterExtension::plausible(std::uint64_t delta, Elapsed elapsed) const {
  // The counter is refreshed about every millisecond: one refresh of slack for very short
  // intervals.
  const Elapsed window = elapsed + std::chrono::milliseconds{2};
  return Microjoules{delta} / window <= limits_.ceiling;
}

bool CounterExtension::wraps(const Seen& before, const Seen& now) const {
  return limits_.range != 0 && before.raw <= limits_.range &&
         now.asleep - before.asleep < shortest_sleep &&
         plausible(limits_.range - before.raw + now.raw, now.at - before.at);
}

CounterStep CounterExtension::advance(std::uint64_t raw, Elapsed now, Elapsed asleep) {
  const Seen seen{raw, now, asleep};
  const std::optional<Seen> before = std::exchange(last_, seen);
  if (!before) return std::exchange(continued_, false) ? CounterStep::reset : CounterStep::first;
  const Elapsed elapsed = now - before->at;
  if (elapsed > longest_gap()) return CounterStep::reset;  // whole wraps could hide in it

  if (raw >= before->raw) {
    const std::uint64_t delta = raw - before->raw;
    return plausible(delta, elapsed) ? add(delta, CounterStep::advanced) : leave_out_jump(delta);
  }
  if (wraps(*before, seen)) return add(limits_.range - before->raw + raw, CounterStep::wrapped);
  if (asleep - before->asleep >= shortest_sleep) return CounterStep::reset;
  return take_back(before->raw - raw, elapsed);
}

CounterStep CounterExtension::add(std::uint64_t delta, CounterStep step) {
  largest_step_ = std::max(largest_step_, delta);
  const std::uint64_t paid = std::min(owed_, delta);
  owed_ -= paid;
  total_ += Microjoules{delta - paid};
  return paid > 0 ? CounterStep::owing : step;
}

CounterStep CounterExtension::leave_out_jump(std::uint64_t delta) {
  const std::uint64_t paid = std::min(owed_, delta);
  owed_ -= paid;
  left_out_ = delta - paid;
  return CounterStep::reset;
}

// A jump that was let in came as one step, or will come as one: a longer way back is a restart.
CounterStep CounterExtension::take_back(std::uint64_t delta, Elapsed elapsed) {
  const std::uint64_t never_added = std::min(std::exchange(left_out_, 0), delta);
  if (delta <= largest_step_ || plausible(delta, elapsed)) owed_ += delta - never_added;
  return CounterStep::reset;
}

}  // namespace sobriety
