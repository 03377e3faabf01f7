// How a wall-energy figure came to be: the ladder, best method first, and what each step is worth.
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

enum class Quality : std::uint8_t { measured, estimated };

// Of a figure f: the truth is taken to lie in [f (1 - below), f (1 + above)].
struct Uncertainty {
  double below = 0;
  double above = 0;

  bool operator==(const Uncertainty&) const = default;
};

struct MethodWorth {
  PowerMethod method;
  Quality quality;
  Uncertainty uncertainty;
};

// In the order of the ladder. The figures are this project's own proposal; a calibrated machine was
// found to err by 5.6 % (Khan et al., RAPL in Action, 2018), which 10 % covers.
inline constexpr std::array<MethodWorth, shown_methods> ladder{{
    {PowerMethod::external_meter, Quality::measured, {0.03, 0.03}},
    {PowerMethod::battery, Quality::measured, {0.10, 0.10}},
    {PowerMethod::rapl_psys, Quality::measured, {0.10, 0.10}},
    {PowerMethod::rapl_calibrated, Quality::estimated, {0.10, 0.10}},
    {PowerMethod::rapl_generic, Quality::estimated, {0.40, 0.40}},
    {PowerMethod::tdp_model, Quality::estimated, {0.50, 0.50}},
    {PowerMethod::profile, Quality::estimated, {0.50, 1.00}},
}};

[[nodiscard]] constexpr Quality quality_of(PowerMethod method) {
  return method == PowerMethod::none ? Quality::estimated
                                     : ladder[static_cast<std::size_t>(method)].quality;
}

}  // namespace sobriety::collector
