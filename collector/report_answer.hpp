// A report for the API: the newest issue that was kept of the month, or one made now and not kept.
#pragma once

#include "collector/config.hpp"
#include "collector/expose/api.hpp"

namespace sobriety::collector {

// Blocks while it reads the store. A policy that is refused is an error.
[[nodiscard]] Result<ReportAnswer> report_answer(const CollectorConfig& config,
                                                 const ReportRequest& request, WallTime now);

}  // namespace sobriety::collector
