// Where the energy counters of a stream stand: what goes on from one run of the agent to the next.
#pragma once

#include "proto/model/batch.hpp"

#include <functional>
#include <map>
#include <string>

namespace sobriety::agent {

// Cumulative energy by component, in microjoules.
using ComponentTotals = std::map<std::string, Cell, std::less<>>;

}  // namespace sobriety::agent
