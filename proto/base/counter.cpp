#include "proto/base/counter.hpp"

#include <utility>

namespace sobriety {

Elapsed CounterExtension::longest_gap() const {
  if (limits_.range == 0) return Elapsed::max();
  // Half of the shortest possible time to wrap: range / ceiling.
  const double seconds = static_cast<double>(limits_.range) / 1e6 / limits_.ceiling.count() / 2;
  return Elapsed{static_cast<Elapsed::rep>(seconds * 1e9)};
}

bool CounterExtension::plausible(std::uint64_t delta, Elapsed elapsed) const {
  // The counter is refreshed about every millisecond: one refresh of slack for very short
  // intervals.
  const Elapsed window = elapsed + std::chrono::milliseconds{2};
  return Microjoules{delta} / window <= limits_.ceiling;
}

CounterStep CounterExtension::advance(std::uint64_t raw, Elapsed now) {
  const std::optional<Seen> before = std::exchange(last_, Seen{raw, now});
  if (!before) return CounterStep::first;
  const Elapsed elapsed = now - before->at;
  if (elapsed > longest_gap()) return CounterStep::reset;  // whole wraps could hide in it

  if (raw >= before->raw) {
    const std::uint64_t delta = raw - before->raw;
    if (!plausible(delta, elapsed)) return CounterStep::reset;
    total_ += Microjoules{delta};
    return CounterStep::advanced;
  }
  if (limits_.range == 0 || before->raw > limits_.range) return CounterStep::reset;
  const std::uint64_t delta = limits_.range - before->raw + raw;
  if (!plausible(delta, elapsed)) return CounterStep::reset;
  total_ += Microjoules{delta};
  return CounterStep::wrapped;
}

}  // namespace sobriety
