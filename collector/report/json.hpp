// A report as JSON: its rows with the keys of the columns, what they add up to, and all that an
// auditor needs to follow them.
#pragma once

#include "collector/report/columns.hpp"

namespace sobriety::collector::report {

[[nodiscard]] std::string json(const Input& input, const Report& report);

}  // namespace sobriety::collector::report
