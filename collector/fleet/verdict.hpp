// What is to be said of a host that was quiet for days: from its days, pure.
//
// A verdict is found when a day (of UTC) ends, from whole days only. It needs a host that was known
// for long enough and seldom lost, and more signs than the CPU's alone. Once found it holds until a
// day that was not quiet; quiet days then have to come together anew.
#pragma once

#include "collector/fleet/quiet.hpp"
#include "collector/policy/role.hpp"
#include "collector/policy/thresholds.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sobriety::collector {

enum class Verdict : std::uint8_t {
  none,     // nothing to be said
  unknown,  // too young, too often lost, or too few signs
  left_on,
  underused,
  comatose,
  confirmed,
  exempt,
};
inline constexpr std::size_t verdict_count = 7;

[[nodiscard]] constexpr std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, verdict_count> names{
      "none", "unknown", "left_on", "underused", "comatose", "confirmed", "exempt"};
  return names[static_cast<std::size_t>(verdict)];
}

// A host's minutes of one day that were looked at, and what was seen.
struct QuietDay {
  std::int32_t day = 0;       // since 1970-01-01
  std::uint16_t minutes = 0;  // judged
  std::uint16_t quiet = 0;
  std::uint16_t low = 0;     // CPU use below VerdictRule::underused_cpu_p95
  std::uint16_t logins = 0;  // times that somebody came
  std::uint16_t known = 0;   // minutes on, suspended or off; the rest of the day was lost

  bool operator==(const QuietDay&) const = default;
};

// How many days before today are looked back at: those of personal machines for coverage only.
[[nodiscard]] std::int32_t days_kept(policy::Role role, const policy::VerdictRule& rule);

// A verdict that stands from day to day.
struct StandingVerdict {
  Verdict verdict = Verdict::unknown;
  std::int32_t left = 0;  // the day whose use ended the last one: days up to it do not count

  bool operator==(const StandingVerdict&) const = default;
};

// The share of the time since `first` (a day with known time), over the last `days` days before
// `today`, that was not lost; 0 where there was no time.
[[nodiscard]] double coverage(std::span<const QuietDay> days, std::int32_t today,
                              std::int32_t over);

// The verdict as `today` begins. `days`: whole days, ascending, the last one yesterday or before.
[[nodiscard]] StandingVerdict judge_days(StandingVerdict standing, std::span<const QuietDay> days,
                                         std::int32_t today, Signs signs, policy::Role role,
                                         const policy::VerdictRule& rule);

}  // namespace sobriety::collector
