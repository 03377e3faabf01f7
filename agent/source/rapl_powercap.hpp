// Energy of the processors (and memory, and platform) by RAPL, from /sys/class/powercap.
#pragma once

#include "agent/source/rapl_zone.hpp"
#include "agent/source/source.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::agent {

// A zone and the directory below /sys/class/powercap that is read for it.
struct FoundZone {
  RaplZone zone;
  std::string directory;
};

struct ZoneSearch {
  std::vector<FoundZone> zones;    // in the order of their names, one a component
  std::vector<std::string> notes;  // what was left out, and why
  std::size_t denied = 0;          // zones that are there and may not be read
  std::size_t candidates = 0;      // directories that look like zones
};

// Looks at each zone once, and reads each energy once: a zone that fails here is not a zone.
[[nodiscard]] ZoneSearch find_zones(const std::filesystem::path& powercap);

[[nodiscard]] Discovery discover_rapl_powercap(const Roots& roots, const SourceOptions& options);

}  // namespace sobriety::agent
