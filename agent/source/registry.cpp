#include "agent/source/registry.hpp"

#include "agent/source/cpu.hpp"

#include <algorithm>
#include <array>

namespace sobriety::agent {

namespace {
constexpr std::array kinds{
    SourceKind{"cpu", discover_cpu, "/proc/stat, its first line"},
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
