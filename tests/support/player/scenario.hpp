// What a played machine does: its RAPL zones, their power over time, and what goes wrong when. Read
// from YAML; tests/support/player/README.md has the keys.
//
// Times count from the player's start and leave out the time asleep.
#pragma once

#include "proto/base/result.hpp"
#include "proto/base/units.hpp"
#include "proto/runtime/yaml.hpp"
#include "tests/support/player/power_curve.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sobriety::player {

struct Zone {
  std::string directory;  // below /sys/class/powercap: `intel-rapl:0`, `intel-rapl:0:1`
  std::string name;       // what the file `name` says
  std::string mirrors;    // directory of the zone whose counter this one shows too; "": its own
  std::uint64_t range = 262'143'328'850;  // microjoules: where it wraps; of an Intel package
  std::uint64_t start = 0;                // microjoules
  std::optional<double> max_power;        // watts, constraint_0_max_power_uw
  PowerCurve power;
};

// The counter jumps by so many joules and goes on from there; no energy was used.
struct Jump {
  std::string zone;
  std::int64_t joules = 0;
};
// The counter begins at 0 again.
struct Reset {
  std::string zone;  // "": all of them
};
// The machine sleeps: CLOCK_BOOTTIME goes on, nothing else does.
struct Suspend {
  Elapsed lasts{};
};
// Reads of a file fail.
struct ReadError {
  std::string path;  // from the root, without a slash in front
  int error = 0;     // errno
  Elapsed lasts{};
};
// The zone's directory is away; its counter goes on.
struct Absence {
  std::string zone;
  Elapsed lasts{};
};

struct Fault {
  Elapsed at{};
  std::variant<Jump, Reset, Suspend, ReadError, Absence> what;
};

struct Scenario {
  Elapsed uptime = std::chrono::seconds{1000};  // at the player's start
  std::vector<Zone> zones;
  std::vector<Fault> faults;  // by time
};

[[nodiscard]] Result<Scenario> load_scenario(const std::filesystem::path& path);
[[nodiscard]] Result<Scenario> read_scenario(const yaml::Document& document);

}  // namespace sobriety::player
