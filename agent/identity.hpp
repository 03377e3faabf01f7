// Which machine this is.
#pragma once

#include "proto/base/ids.hpp"

#include <optional>
#include <string>

namespace sobriety::agent {

// The machine's host name, valid for the wire.
[[nodiscard]] std::string machine_name();

// Tells a machine from a copy of it, and nothing else: from /etc/machine-id, by a hash that only
// this program makes. Nothing where there is no such file.
[[nodiscard]] std::optional<MachineHash> machine_hash();

}  // namespace sobriety::agent
