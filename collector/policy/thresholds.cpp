#include "collector/policy/thresholds.hpp"

namespace sobriety::collector::policy {

Thresholds default_thresholds(Role role) {
  Thresholds thresholds{
      .name = std::string{to_string(role)}, .quiet = {}, .idle = {}, .verdict = {}};
  if (is_personal(role)) thresholds.idle.window = std::chrono::minutes{30};
  return thresholds;
}

}  // namespace sobriety::collector::policy
