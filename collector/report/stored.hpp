// A report's input as bytes, to be kept: from them the same report is issued again.
//
// Version 1 is UTF-8 text, a record a line: its kind and its fields, with a tab between them and
// \\, \t and \n escaped; first "sobriety-report" and the version, last "end" and the number of
// lines before it. Records come in the order of kinds below. One input has one text.
#pragma once

#include "collector/report/input.hpp"
#include "proto/base/result.hpp"

#include <string>
#include <string_view>

namespace sobriety::collector::report {

inline constexpr std::uint32_t stored_version = 1;
// Of a fleet of a million machines; what is longer is refused.
inline constexpr std::size_t longest_stored = std::size_t{1} << 30U;

[[nodiscard]] std::string stored_text(const Input& input);

// An error says which line does not hold. What is read is written as the same text.
[[nodiscard]] Result<Input> read_stored(std::string_view text);

}  // namespace sobriety::collector::report
