// What --version prints: what a report of a mistake needs to know of this program and where it
// runs.
#pragma once

#include <string>
#include <string_view>

namespace sobriety {

// The first line is the program's name and version alone.
[[nodiscard]] std::string version_text(std::string_view program);

}  // namespace sobriety
