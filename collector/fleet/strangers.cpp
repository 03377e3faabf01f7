#include "collector/fleet/host.hpp"

namespace sobriety::collector {

std::shared_ptr<const policy::HostPolicy> policy_of_strangers() {
  static const auto made = [] {
    policy::HostPolicy unknown;
    unknown.thresholds = std::make_shared<const policy::Thresholds>(
        policy::default_thresholds(policy::Role::unknown));
    unknown.calendar = std::make_shared<const policy::Calendar>(policy::Calendar::standard());
    return std::make_shared<const policy::HostPolicy>(std::move(unknown));
  }();
  return made;
}

}  // namespace sobriety::collector
