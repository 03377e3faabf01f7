#include "collector/policy/host_policy.hpp"

namespace sobriety::collector::policy {

const Exemption* HostPolicy::exemption_at(WallTime time) const {
  const Exemption* last = nullptr;
  for (const Exemption& exemption : exemptions) {
    if (time < exemption.from || time >= exemption.expiry) continue;
    if (last == nullptr || exemption.expiry > last->expiry) last = &exemption;
  }
  return last;
}

}  // namespace sobriety::collector::policy
