#include "collector/fleet/names.hpp"

namespace sobriety::collector {

std::string Names::label(const HostId& host, const std::string& name) {
  const std::lock_guard lock{mutex_};
  std::string label = name;
  const auto [owner, added] = owners_.try_emplace(label, host);
  if (!added && owner->second != host) label += '-' + host.hex().substr(0, 8);
  return label;
}

}  // namespace sobriety::collector
