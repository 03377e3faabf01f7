// Power of a machine that runs on its batteries, and whether it is on the mains, from
// /sys/class/power_supply.
//
// What a battery gives is the power of the whole machine only while it discharges and nothing else
// feeds the machine; at other times this source is silent.
#pragma once

#include "agent/source/source.hpp"

#include <string_view>

namespace sobriety::agent {

// Watts of a battery by its files' text: power_now in microwatts, "" where there is none, else
// current_now in microamperes times voltage_now in microvolts. Drivers differ in the sign.
[[nodiscard]] Result<Watts> battery_power(std::string_view power, std::string_view current,
                                          std::string_view voltage);

[[nodiscard]] Discovery discover_battery(const Roots& roots, const SourceOptions& options);

}  // namespace sobriety::agent
