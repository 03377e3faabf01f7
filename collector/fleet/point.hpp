// A host's figures as they were when a sample was taken: what is kept for those who want each
// sample with its own time, where /metrics has the present alone.
#pragma once

#include "collector/fleet/layout.hpp"
#include "proto/base/units.hpp"
#include "proto/model/metric.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace sobriety::collector {

struct Point {
  enum class Kind : std::uint8_t {
    within,  // others of its batch follow, and what only the whole batch tells comes with the last
    last,    // of its batch
    end      // no sample: the series of the row end here
  };
  WallTime at;            // when the sample was taken, corrected
  std::vector<Cell> row;  // of `layout`
  std::shared_ptr<const Layout> layout;
  Kind kind = Kind::last;
};

// What only a batch as a whole tells.
inline constexpr std::array of_whole_batch{MetricId::host_cpu_usage, MetricId::host_power,
                                           MetricId::host_power_bound, MetricId::host_scope_energy};

// Whether points are kept of what is taken into an account.
enum class Points : std::uint8_t { none, kept };

}  // namespace sobriety::collector
