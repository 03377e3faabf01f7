// What this machine is called.
#pragma once

#include <string>

namespace sobriety::agent {

// The machine's host name, valid for the wire.
[[nodiscard]] std::string machine_name();

}  // namespace sobriety::agent
