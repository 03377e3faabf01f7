// Text of the machine (sensor labels, product names) made fit to travel: whoever wrote it to a
// firmware table may have left anything in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sobriety::agent {

inline constexpr std::size_t longest_label = 128;

// Valid UTF-8 of at most `limit` bytes, on one line, without control characters and without blanks
// on both sides: a broken byte becomes '?', a run of blanks and control characters one space.
[[nodiscard]] std::string clean_label(std::string_view text, std::size_t limit = longest_label);

}  // namespace sobriety::agent
