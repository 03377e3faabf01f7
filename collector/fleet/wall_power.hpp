// The ladder: what a host used at the wall over some time, by the best method that knows. Pure.
//
// A method that counts (a meter, RAPL) is waited for a while when it has no value: its counter
// tells later what was used meanwhile. When the wait was too long a lower step takes over for the
// time so far; what the meter then tells of that time is not counted a second time.
#pragma once

#include "collector/fleet/layout.hpp"
#include "collector/policy/host_policy.hpp"
#include "collector/policy/power_method.hpp"
#include "proto/base/units.hpp"
#include "proto/model/batch.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace sobriety::collector {

// How long a step that has no value is waited for, in time awake.
inline constexpr std::chrono::minutes meter_patience{10};

// More than that no account holds (640 MWh): so that sums and bounds fit, whatever agents say.
inline constexpr Microjoules most_wall_energy{std::numeric_limits<std::int64_t>::max() / 4};

// CPU time at the beginning of a span, for its load; no_value: not known.
struct LoadMark {
  Cell cpu = no_value;
  Cell rest = no_value;

  void begin(const SignalColumns& columns, std::span<const Cell> cells);
  // The busy share since then; negative: not known.
  [[nodiscard]] double upto(const SignalColumns& columns, std::span<const Cell> cells) const;
  bool operator==(const LoadMark&) const = default;
};

// What was used since energy was last accounted, and not turned into energy at the wall yet. Kept
// with the host's account.
struct PowerWait {
  std::chrono::milliseconds awake{};  // since then
  Microjoules psys{};                 // counted since then
  Microjoules rapl{};                 // processors, memory and GPUs, no part twice
  LoadMark load;                      // then
  WallTime metered{};                 // when the meter of the whole machine last had a value
  WallTime estimated{};  // up to here another step stood in for it since then; 0: none did

  bool operator==(const PowerWait&) const = default;
};

// What a sample tells. An empty counter had no value.
struct PowerReading {
  std::optional<Microjoules> machine;  // what the meter counted since its last value
  PowerMethod machine_method = PowerMethod::external_meter;
  bool has_machine = false;  // there is such a meter
  bool psys = false;         // psys is believed, and had a value
  bool rapl = false;         // had values
  bool has_rapl = false;
  bool has_memory = false;  // memory is metered apart from the processors
  double load = -1;         // busy share of the processors; negative: not known
  unsigned processors = 1;
};

struct WallEnergy {
  PowerMethod method = PowerMethod::none;  // nothing is accounted
  Microjoules energy{};
  Microjoules low{};
  Microjoules high{};

  bool operator==(const WallEnergy&) const = default;
};

// `energy` by `method`, with the bounds of the ladder.
[[nodiscard]] WallEnergy by_method(PowerMethod method, Microjoules energy);

// What was used up to the sample at `at`, of the boot that began at `began`; none: it is waited, or
// nothing is known. Where something is told the wait begins anew.
[[nodiscard]] WallEnergy wall_energy(const policy::PowerModel& model, const PowerReading& reading,
                                     PowerWait& wait, WallTime began, WallTime at);

// What a machine of the policy's profile uses off or asleep; zero where the policy has none.
[[nodiscard]] WallEnergy resting_energy(const policy::PowerModel& model, bool asleep,
                                        std::chrono::milliseconds time);
// Its power in that of both which its kind does out of hours, in milliwatts.
[[nodiscard]] std::int64_t resting_milliwatts(const policy::PowerModel& model);

// Declared monitors, while somebody is there.
[[nodiscard]] WallEnergy monitor_energy(const policy::PowerModel& model,
                                        std::chrono::milliseconds time);

}  // namespace sobriety::collector
