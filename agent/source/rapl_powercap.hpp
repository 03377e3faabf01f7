// RAPL by /sys/class/powercap: a directory a zone, a counter that wraps in each.
#pragma once

#include "agent/source/rapl_backend.hpp"

#include <filesystem>

namespace sobriety::agent {

// Looks at each zone below <sys>/class/powercap and reads each energy once: what fails then is not
// a zone. MSR zones come before their repetition through MMIO.
[[nodiscard]] RaplBackend find_rapl_powercap(const std::filesystem::path& sys);

}  // namespace sobriety::agent
