// A host's figures as they were when a sample was taken: what is kept for those who want each
// sample with its own time, where /metrics has the present alone.
#pragma once

#include "collector/fleet/layout.hpp"
#include "proto/base/units.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace sobriety::collector {

struct Point {
  WallTime at;            // when the sample was taken, corrected
  std::vector<Cell> row;  // of `layout`; what is told of a batch as a whole stands in its last row
  std::shared_ptr<const Layout> layout;
};

// Whether points are kept of what is taken into an account.
enum class Points : std::uint8_t { none, kept };

}  // namespace sobriety::collector
