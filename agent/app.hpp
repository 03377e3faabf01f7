// The agent as a whole: the only file that knows all parts.
#pragma once

#include "agent/config.hpp"
#include "proto/base/result.hpp"

#include <functional>
#include <string>

namespace sobriety::agent {

// Reads the configuration again, as the command line and the file now give it.
using Reread = std::function<Result<AgentConfig>()>;

// Samples and reports until SIGINT or SIGTERM. SIGHUP reads the configuration again; an error in it
// leaves the old one in use.
[[nodiscard]] Result<void> run(const AgentConfig& config, Reread reread);

// One reading of all sources, as text or JSON.
[[nodiscard]] std::string sample_once(const AgentConfig& config, bool json);

// A first report as it would leave the machine, in words: every frame, field by field.
[[nodiscard]] Result<std::string> print_payload(const AgentConfig& config);

}  // namespace sobriety::agent
