// THE table of the report's texts: a row a text, a column a language. French puts a no-break space
// before : ; % and between digits and units where it is made, in wording.cpp.
#pragma once

#include "collector/report/wording.hpp"

#include <span>

namespace sobriety::collector::report {

struct Words {
  Text id;
  std::string_view en, fr;
};

// In the order of Text.
[[nodiscard]] std::span<const Words> all_words();

}  // namespace sobriety::collector::report
