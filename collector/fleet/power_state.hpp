// What a host is doing, as far as it is known.
#pragma once

#include "collector/fleet/figures.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace sobriety::collector {

// In the order of the figures.
enum class PowerState : std::uint8_t {
  active,
  idle,
  on,  // on, and not judged: no signal, or nobody looked for long
  suspended,
  off,
  lost,  // nobody knows
};
inline constexpr std::size_t power_state_count = 6;

[[nodiscard]] constexpr std::string_view to_string(PowerState state) {
  constexpr std::array<std::string_view, power_state_count> names{"active",    "idle", "on",
                                                                  "suspended", "off",  "lost"};
  return names[static_cast<std::size_t>(state)];
}

[[nodiscard]] constexpr bool is_on(PowerState state) { return state <= PowerState::on; }

// Where a state's time and energy are accounted: all of it, and the part out of working hours. No
// energy is known of lost time.
[[nodiscard]] constexpr Figure figure_at(Figure first, PowerState state) {
  return static_cast<Figure>(static_cast<std::size_t>(first) + static_cast<std::size_t>(state));
}
[[nodiscard]] constexpr Figure time_figure(PowerState state) {
  return figure_at(Figure::ms_active, state);
}
[[nodiscard]] constexpr Figure time_figure_out(PowerState state) {
  return figure_at(Figure::ms_active_out, state);
}
[[nodiscard]] constexpr Figure energy_figure(PowerState state) {
  return figure_at(Figure::uj_active, state);
}
[[nodiscard]] constexpr Figure energy_figure_out(PowerState state) {
  return figure_at(Figure::uj_active_out, state);
}

}  // namespace sobriety::collector
