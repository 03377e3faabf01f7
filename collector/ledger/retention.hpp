// From when on the ledger keeps hours; what is older is kept by day. Pure.
#pragma once

#include "collector/fleet/figures.hpp"
#include "proto/base/units.hpp"

namespace sobriety::collector {

// The first hour that is kept `months` calendar months after it: the start of the same day of the
// month, or of the last day of a month that is too short.
[[nodiscard]] inline Hour first_kept_hour(WallTime now, unsigned months) {
  using namespace std::chrono;
  const year_month_day today{floor<days>(now)};
  const year_month month = year_month{today.year(), today.month()} - std::chrono::months{months};
  const year_month_day last{month / std::chrono::last};
  return sys_days{month / std::min(today.day(), last.day())};
}

}  // namespace sobriety::collector
