// Extension of a hardware counter that wraps to a cumulative 64-bit total that never goes back.
//
// Each new raw value is classified, never guessed: a step back is a wrap only where a wrap is
// plausible, else it is a reset: a new baseline, no energy, and the interval is unmeasured.
#pragma once

#include "proto/base/units.hpp"

#include <cstdint>
#include <optional>

namespace sobriety {

enum class CounterStep {
  first,     // first sight: the baseline, zero added
  advanced,  // went forward, or stood still
  wrapped,   // passed its range once
  reset,     // went back, jumped or was silent too long: new baseline, nothing added
};

// What is known of one counter. Energy in microjoules, as powercap shows it.
struct CounterLimits {
  std::uint64_t range =
      0;                  // value at which it wraps (max_energy_range_uj); 0: unknown, never a wrap
  Watts ceiling{1000.0};  // power above which an advance is not believed
};

class CounterExtension {
 public:
  explicit CounterExtension(CounterLimits limits) : limits_(limits) {}

  // Takes the raw value read at `now`; `now` must not go back.
  CounterStep advance(std::uint64_t raw, Elapsed now);

  // Forget the last raw value (after a suspend or a failed read): the next one is a new baseline.
  void forget() { last_.reset(); }

  // Energy seen since the first value, over all baselines.
  [[nodiscard]] Microjoules total() const { return total_; }

  // Longest time between reads at which a wrap can still be told from a reset.
  [[nodiscard]] Elapsed longest_gap() const;

 private:
  struct Seen {
    std::uint64_t raw;
    Elapsed at;
  };

  [[nodiscard]] bool plausible(std::uint64_t delta, Elapsed elapsed) const;

  CounterLimits limits_;
  std::optional<Seen> last_;
  Microjoules total_{};
};

}  // namespace sobriety
