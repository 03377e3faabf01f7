#include "agent/source/registry.hpp"

#include "agent/source/activity.hpp"
#include "agent/source/battery.hpp"
#include "agent/source/cpu.hpp"
#include "agent/source/gpu_nvml.hpp"
#include "agent/source/ipmi_dcmi.hpp"
#include "agent/source/rapl.hpp"
#include "agent/source/sensors.hpp"
#include "agent/source/sessions.hpp"
#include "agent/source/simulated.hpp"

#include <algorithm>
#include <array>

namespace sobriety::agent {

namespace {
constexpr std::array kinds{
    SourceKind{"cpu", discover_cpu, "/proc/stat, its first line"},
    SourceKind{"rapl", discover_rapl, "/sys/class/powercap/intel-rapl*, or the perf PMU `power`"},
    SourceKind{"sensors", discover_sensors, "/sys/class/hwmon, through libsensors"},
    SourceKind{"ipmi_dcmi", discover_ipmi_dcmi, "the BMC, through /dev/ipmi0"},
    SourceKind{"battery", discover_battery, "/sys/class/power_supply"},
    SourceKind{"gpu_nvml", discover_gpu_nvml, "NVIDIA's driver, through libnvidia-ml.so.1"},
    SourceKind{"activity", discover_activity, "/sys/class/net/*/statistics, /sys/block/*/stat"},
    SourceKind{"sessions", discover_sessions, "systemd-logind, through the system bus"},
    SourceKind{"simulated", discover_simulated, "nothing: it invents a constant power"},
};
}  // namespace

std::span<const SourceKind> source_kinds() { return kinds; }

Discovery discover(const SourceKind& kind, const Roots& roots, const SourceOptions& options) {
  if (std::find(options.disabled.begin(), options.disabled.end(), kind.name) !=
      options.disabled.end())
    return not_found({Errc::absent, "switched off by `sources.disabled` in the configuration"});
  return kind.discover(roots, options);
}

}  // namespace sobriety::agent
