// What leaves the machine, in words: the proof behind the list in README.md.
#pragma once

#include "proto/base/result.hpp"

#include <string>
#include <string_view>

namespace sobriety::agent {

// Every frame in `bytes`, decoded as the collector would decode it, field by field. The bytes must
// be whole frames as this agent makes them: a hello, an inventory, batches.
[[nodiscard]] Result<std::string> describe_frames(std::string_view bytes);

}  // namespace sobriety::agent
