// A narrow view of the machine's hwmon sensors, with two implementations: libsensors on the live
// machine, the files of a captured tree elsewhere (libsensors knows no root but /sys).
#pragma once

#include "proto/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::agent {

enum class SensorKind : std::uint8_t { power, energy, temperature };

struct SensorFeature {
  std::string chip;    // as libsensors names it: `power_meter-acpi-0`, `coretemp-isa-0001`
  std::string prefix;  // the driver's name for that kind of chip: `power_meter`
  std::string label;   // `power1`, or what the driver or the administrator calls it
  SensorKind kind{};

  bool operator==(const SensorFeature&) const = default;
};

class SensorReader {
 public:
  virtual ~SensorReader() = default;

  [[nodiscard]] virtual std::span<const SensorFeature> features() const = 0;
  // The value now of features()[index], in watts, joules or degrees Celsius.
  [[nodiscard]] virtual Result<double> read(std::size_t index) = 0;
  // Chips that were left out and why.
  [[nodiscard]] virtual std::span<const std::string> notes() const = 0;
};

// Opening one makes those before it fail to read: the library keeps one list of chips a process.
[[nodiscard]] Result<std::unique_ptr<SensorReader>> open_libsensors();

// The features below <sys>/class/hwmon; each file is kept open.
[[nodiscard]] Result<std::unique_ptr<SensorReader>> open_hwmon_tree(
    const std::filesystem::path& sys);

// `power1_average` is {power, 1, average}. Powers have their average or else their input; what is
// neither power, energy nor temperature, and limits and alarms, give nothing.
struct HwmonFile {
  SensorKind kind{};
  std::uint32_t number = 0;
  bool average = false;
};
[[nodiscard]] std::optional<HwmonFile> parse_hwmon_file(std::string_view name);

// Content of such a file, in the unit of the kind: hwmon has microwatts, microjoules, millidegrees.
[[nodiscard]] Result<double> parse_hwmon_value(SensorKind kind, std::string_view text);

}  // namespace sobriety::agent
