// What certificates the collector issues, and when somebody is asked.
#pragma once

#include <chrono>

namespace sobriety::collector {

struct EnrolmentPolicy {
  std::chrono::milliseconds certificate_lifetime = std::chrono::hours{30 * 24};
  bool manual_approval = false;
  std::chrono::milliseconds late_renewal = std::chrono::hours{90 * 24};  // after the end

  bool operator==(const EnrolmentPolicy&) const = default;
};

}  // namespace sobriety::collector
