// The collector as a whole: the only file that knows all parts.
#pragma once

#include "collector/config.hpp"
#include "proto/base/result.hpp"

#include <filesystem>
#include <functional>

namespace sobriety::collector {

// Reads the configuration again, as the command line and the file now give it.
using Reread = std::function<Result<CollectorConfig>()>;

// Collects until SIGINT or SIGTERM. SIGHUP and POST /-/reload read the configuration again; an
// error in it leaves the old one in use.
[[nodiscard]] Result<void> run(const CollectorConfig& config, Reread reread);

}  // namespace sobriety::collector
