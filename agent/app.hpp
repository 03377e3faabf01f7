// The agent as a whole: the only file that knows all parts.
#pragma once

#include "agent/config.hpp"
#include "proto/base/result.hpp"

namespace sobriety::agent {

// Samples and reports until SIGINT or SIGTERM.
[[nodiscard]] Result<void> run(const AgentConfig& config);

// One batch as it would leave the machine, in words: every frame, field by field.
[[nodiscard]] Result<std::string> print_payload(const AgentConfig& config);

}  // namespace sobriety::agent
