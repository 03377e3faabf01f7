// Power, energy and temperature by the machine's hwmon sensors.
#pragma once

#include "agent/source/sensor_reader.hpp"
#include "agent/source/source.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace sobriety::agent {

// What a chip of that prefix meters: `rules` of the administrator first, then the built-in table.
[[nodiscard]] EnergyScope scope_of_chip(std::string_view prefix,
                                        const std::map<std::string, EnergyScope>& rules);

// `value` if a sensor of that kind can mean it: finite, not negative, at most 100 kW, no sentinel.
[[nodiscard]] Result<double> believed(SensorKind kind, double value);

// libsensors on the live machine, the files of a captured tree elsewhere.
[[nodiscard]] Discovery discover_sensors(const Roots& roots, const SourceOptions& options);
// The same over any reader.
[[nodiscard]] Discovery discover_sensors(std::unique_ptr<SensorReader> reader,
                                         const SourceOptions& options);

}  // namespace sobriety::agent
