// The spool of this machine: on disk if at all possible.
#pragma once

#include "agent/spool/spool.hpp"
#include "proto/base/clock.hpp"
#include "proto/base/result.hpp"

#include <filesystem>
#include <memory>

namespace sobriety::agent {

// What `path` holds goes on. Where the disk does not let us, a spool in memory and a line in the
// log: a machine whose disk is broken is worth hearing of. An error: it is another agent's.
[[nodiscard]] Result<std::unique_ptr<Spool>> open_spool(const std::filesystem::path& path,
                                                        const SpoolLimits& limits,
                                                        const Clock& clock);

}  // namespace sobriety::agent
