// What a policy may know of a host.
#pragma once

#include "collector/policy/address.hpp"
#include "proto/model/inventory.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sobriety::collector::policy {

struct Subject {
  std::string name;                  // as the host calls itself
  std::string id;                    // in hex; "": not known
  std::optional<IpAddress> address;  // that it connected from
  std::vector<std::string> tags;     // of the agent's own configuration
  HostFacts facts;                   // of its inventory
};

}  // namespace sobriety::collector::policy
