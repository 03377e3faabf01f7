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
  owing,     // went forward by energy that was counted before: see CounterExtension
};

// Whether the time since the reading before is measured: energy may be differenced over it.
[[nodiscard]] constexpr bool measured(CounterStep step) {
  return step != CounterStep::reset && step != CounterStep::owing;
}

// What is known of one counter. Energy in microjoules, as powercap shows it.
struct CounterLimits {
  std::uint64_t range =
      0;                  // value at which it wraps (max_energy_range_uj); 0: unknown, never a wrap
  Watts ceiling{1000.0};  // power above which an advance is not believed
  Elapsed longest_gap = Elapsed::max();  // read later than that it is not believed, whatever range
};

// Some counters jump forward by less than the ceiling would show, and back by the same a while
// later. The jump cannot be told from energy when it comes. The step back tells: what it takes back
// is owed, and what the counter advances pays that before anything is added again. So the total is
// right once it is paid, never goes back, and the time until then is unmeasured.
class CounterExtension {
 public:
  explicit CounterExtension(CounterLimits limits) : limits_(limits) {}

  // Takes the raw value read at `now`, which must not go back, on a machine that has been suspended
  // for `asleep` since it booted: a counter may restart while it sleeps, so no wrap is believed
  // then.
  CounterStep advance(std::uint64_t raw, Elapsed now, Elapsed asleep = Elapsed::zero());

  // Goes on from a total that another counter of the same energy has reached. The next value is a
  // new baseline, and the time until then is unmeasured.
  void continue_from(Microjoules total);

  // Energy seen since the first value, over all baselines.
  [[nodiscard]] Microjoules total() const { return total_; }

  // Longest time between reads at which a wrap can still be told from a reset.
  [[nodiscard]] Elapsed longest_gap() const;

 private:
  struct Seen {
    std::uint64_t raw;
    Elapsed at;
    Elapsed asleep;
  };

  [[nodiscard]] bool plausible(std::uint64_t delta, Elapsed elapsed) const;
  [[nodiscard]] bool wraps(const Seen& before, const Seen& now) const;
  CounterStep add(std::uint64_t delta, CounterStep step);
  CounterStep leave_out_jump(std::uint64_t delta);
  CounterStep take_back(std::uint64_t delta, Elapsed elapsed);

  CounterLimits limits_;
  std::optional<Seen> last_;
  bool continued_ = false;
  Microjoules total_{};
  std::uint64_t largest_step_ = 0;  // microjoules that one reading added
  std::uint64_t left_out_ = 0;      // of the last jump, which a step back would only take back
  std::uint64_t owed_ = 0;          // of what was added, taken back by the counter since
};

}  // namespace sobriety
