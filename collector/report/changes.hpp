// What is different between two issues of a report: factors, prices, settings, and what that did to
// the figures.
#pragma once

#include "collector/report/input.hpp"

#include <string>
#include <vector>

namespace sobriety::collector::report {

struct Change {
  std::string what;           // "factor FR annual", "setting quiet.cpu_ratio", "total kwh"
  std::string before, after;  // "" where there was or is none

  bool operator==(const Change&) const = default;
};

// Empty where both say the same; when they were issued does not matter.
[[nodiscard]] std::vector<Change> changes(const Input& before, const Input& after);

}  // namespace sobriety::collector::report
