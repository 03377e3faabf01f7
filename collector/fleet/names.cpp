#include "collector/fleet/names.hpp"

namespace sobriety::collector {

std::string Names::label(const HostId& host, const std::string& name) {
  const std::lock_guard lock{mutex_};
  std::string label = name;
  // Mostly once; again only where a host calls itself what another one's label is.
  while (owners_.try_emplace(label, host).first->second != host)
    label += '-' + host.hex().substr(0, 8);
  return label;
}

}  // namespace sobriety::collector
