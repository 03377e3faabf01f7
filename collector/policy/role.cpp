#include "collector/policy/role.hpp"

namespace sobriety::collector::policy {

Role default_role(std::string_view chassis, std::string_view virtualization) {
  if (chassis == "vm") return Role::virtual_machine;
  if (!virtualization.empty() && virtualization != "none") return Role::virtual_machine;
  if (chassis == "server") return Role::server;
  if (chassis == "desktop") return Role::workstation;
  if (chassis == "laptop" || chassis == "tablet") return Role::laptop;
  return Role::unknown;
}

}  // namespace sobriety::collector::policy
