// The agent as a whole: the only file that knows all parts.
#pragma once

#include "agent/config.hpp"
#include "proto/base/result.hpp"

namespace sobriety::agent {

// Samples and reports until SIGINT or SIGTERM.
[[nodiscard]] Result<void> run(const AgentConfig& config);

// One reading of all sources, as text or JSON.
[[nodiscard]] std::string sample_once(const AgentConfig& config, bool json);

// A first report as it would leave the machine, in words: every frame, field by field.
[[nodiscard]] Result<std::string> print_payload(const AgentConfig& config);

}  // namespace sobriety::agent
