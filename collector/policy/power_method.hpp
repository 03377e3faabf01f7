// How a wall-energy figure came to be: the ladder, best method first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sobriety::collector {

enum class PowerMethod : std::uint8_t {
  external_meter,  // BMC, ACPI power meter, PSU: the whole machine
  battery,
  rapl_psys,
  rapl_calibrated,
  rapl_generic,
  tdp_model,
  profile,
  none,  // nothing is known: no figure is shown
};

inline constexpr std::size_t shown_methods = static_cast<std::size_t>(PowerMethod::none);

[[nodiscard]] constexpr std::string_view to_string(PowerMethod method) {
  constexpr std::array<std::string_view, shown_methods + 1> names{
      "external_meter", "battery",   "rapl_psys", "rapl_calibrated",
      "rapl_generic",   "tdp_model", "profile",   "none"};
  return names[static_cast<std::size_t>(method)];
}

}  // namespace sobriety::collector
