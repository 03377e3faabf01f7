// A report for the API: the newest issue that was kept of the month, or one made now and not kept.
#pragma once

#include "collector/config.hpp"
#include "collector/expose/api.hpp"
#include "collector/policy_in_force.hpp"

namespace sobriety::collector {

// Blocks while it reads the store.
[[nodiscard]] Result<ReportAnswer> report_answer(const CollectorConfig& config,
                                                 const PolicyInForce& policy,
                                                 const ReportRequest& request, WallTime now);

}  // namespace sobriety::collector
