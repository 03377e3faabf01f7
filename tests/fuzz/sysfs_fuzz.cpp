// The parsers of /proc and /sys text: whatever the bytes, each gives a value that keeps its promise
// or refuses. The first byte picks the parser, the rest is the file.
#include "agent/inventory.hpp"
#include "agent/source/activity.hpp"
#include "agent/source/cpu.hpp"
#include "agent/source/label.hpp"
#include "agent/source/rapl_zone.hpp"
#include "agent/source/sensor_reader.hpp"
#include "agent/source/sensors.hpp"
#include "agent/source/tree_clock.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string_view>

namespace {
using namespace sobriety;
using namespace sobriety::agent;

void must(bool promise) {
  if (!promise) std::abort();
}

void fuzz_cpu(std::string_view text) {
  const auto times = parse_cpu_line(text);
  must(!times || (times->modes >= 4 && times->modes <= cpu_modes.size()));
}

// A zone's name, its parent's name and its range, one a line.
void fuzz_zone(std::string_view text) {
  const auto line = [&text] {
    const auto end = text.find('\n');
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return first;
  };
  const std::string_view name = line();
  const std::string_view parent_name = line();
  const auto parent = describe_zone(parent_name, nullptr, text);
  const auto zone = describe_zone(name, parent ? &parent.value() : nullptr, text);
  if (!zone) return;
  must(!zone.value().component.empty() && zone.value().scope != EnergyScope::none);
  must(zone.value().contained_in.empty() ||
       (parent && zone.value().contained_in == parent.value().component));
}

void fuzz_zone_directory(std::string_view text) {
  const auto directory = parse_zone_directory(text);
  must(!directory || directory->parent.size() < text.size());
}

void fuzz_energy(std::string_view text) { static_cast<void>(parse_energy(text)); }

void fuzz_hwmon(std::string_view text) {
  if (const auto file = parse_hwmon_file(text))
    must(!file->average || file->kind == SensorKind::power);
  for (const SensorKind kind : {SensorKind::power, SensorKind::energy, SensorKind::temperature}) {
    const auto value = parse_hwmon_value(kind, text);
    if (!value) continue;
    const auto checked = believed(kind, value.value());
    if (!checked) continue;
    must(std::isfinite(checked.value()));
    must(kind == SensorKind::temperature || checked.value() >= 0);
    must(kind != SensorKind::power || checked.value() <= 100'000);
  }
}

void fuzz_disk(std::string_view text) {
  const auto bytes = parse_disk_stat(text);
  must(!bytes || (bytes->read % 512 == 0 && bytes->written % 512 == 0));
}

void fuzz_clock(std::string_view text) {
  const auto uptime = parse_uptime(text);
  must(!uptime || *uptime >= Elapsed::zero());
  const auto boot = parse_boot_time(text);
  must(!boot || *boot >= WallTime{});
}

void fuzz_label(std::string_view text) {
  const std::string label = clean_label(text);
  must(label.size() <= longest_label);
  must(clean_label(label) == label);
}

void fuzz_inventory(std::string_view text) {
  must(os_name(text).size() <= text.size());
  must(cpu_model(text).size() <= text.size());
  must(count_cpus(text).value_or(0) <= 65536);
  static_cast<void>(memory_size(text));
  static_cast<void>(chassis_name(text));
}

constexpr void (*parsers[])(std::string_view) = {fuzz_cpu,    fuzz_zone,  fuzz_zone_directory,
                                                 fuzz_energy, fuzz_hwmon, fuzz_disk,
                                                 fuzz_clock,  fuzz_label, fuzz_inventory};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  parsers[data[0] % std::size(parsers)](text);
  return 0;
}
