// A whole-machine meter that is not there: a constant power, for demonstrations and tests.
#pragma once

#include "agent/source/source.hpp"

namespace sobriety::agent {

// Absent unless options.simulated_watts is set. Its energy is that power times the time since boot.
[[nodiscard]] Discovery discover_simulated(const Roots& roots, const SourceOptions& options);

}  // namespace sobriety::agent
