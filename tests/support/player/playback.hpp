// A scenario at a moment: counters, uptime, what is away or fails, and the true energy. Pure.
#pragma once

#include "tests/support/player/scenario.hpp"

#include <optional>
#include <string_view>

namespace sobriety::player {

// Uptime (CLOCK_BOOTTIME) after `awake` of being awake, and the other way round; an uptime within a
// sleep is its beginning.
[[nodiscard]] Elapsed uptime_at(const Scenario& scenario, Elapsed awake);
[[nodiscard]] Elapsed awake_at(const Scenario& scenario, Elapsed uptime);

// What `energy_uj` shows, in microjoules: below the zone's range.
[[nodiscard]] std::uint64_t counter_at(const Scenario& scenario, const Zone& zone, Elapsed awake);

// What was really used from the player's start on, whatever the counter shows. Of a mirror: of the
// zone that it mirrors.
[[nodiscard]] Microjoules truth_at(const Scenario& scenario, const Zone& zone, Elapsed awake);

[[nodiscard]] bool present_at(const Scenario& scenario, const Zone& zone, Elapsed awake);

// The error that reads of that file end with; nothing where they succeed.
[[nodiscard]] std::optional<int> error_at(const Scenario& scenario, std::string_view path,
                                          Elapsed awake);

// `package-0`, or `package-0/dram` for a zone below another.
[[nodiscard]] std::string component_of(const Scenario& scenario, const Zone& zone);

}  // namespace sobriety::player
