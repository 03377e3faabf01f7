// sobriety-agent enrol: fetches this host's certificate now, and says how it goes.
#pragma once

#include "agent/config.hpp"
#include "proto/base/result.hpp"

#include <filesystem>

namespace sobriety::agent {

// `file` has the token; empty or "-": it comes by standard input. It is kept where an agent that
// runs looks for it until the certificate is there, so that whoever is interrupted has not lost it;
// then both are removed. Returns once the certificate is there, or why it never will be.
[[nodiscard]] Result<void> enrol_now(const AgentConfig& config, const std::filesystem::path& file);

}  // namespace sobriety::agent
