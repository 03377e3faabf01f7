// The collector as a whole: the only file that knows all parts.
#pragma once

#include "collector/config.hpp"
#include "proto/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace sobriety::collector {

// Reads the configuration again, as the command line and the file now give it.
using Reread = std::function<Result<CollectorConfig>()>;

// Collects until SIGINT or SIGTERM. SIGHUP and POST /-/reload read the configuration again; an
// error in it leaves the old one in use.
enum class Time : std::uint8_t {
  real,
  replayed,  // the newest of all samples that came: for history and simulations
};
[[nodiscard]] Result<void> run(const CollectorConfig& config, Reread reread, Time time);

}  // namespace sobriety::collector
