// Names by which agents reach the collector, as its certificate may have them.
#pragma once

#include <string>

namespace sobriety::collector {

// A DNS name or an address in digits: why it is none; empty where it is.
[[nodiscard]] std::string problem_of_name(const std::string& name);
[[nodiscard]] bool is_address(const std::string& name);

}  // namespace sobriety::collector
