// How a report is asked for and what comes of it: a format of the newest or of an earlier issue.
#pragma once

#include "collector/report/csv.hpp"
#include "collector/report/wording.hpp"
#include "proto/base/result.hpp"

#include <string>
#include <string_view>

namespace sobriety::collector::report {

enum class Format : std::uint8_t { csv, json, html, numecoeval };

struct Style {
  Format format = Format::csv;
  Language language = Language::en;
  CsvStyle csv;

  bool operator==(const Style&) const = default;
};

[[nodiscard]] Result<Format> parse_format(std::string_view text);
[[nodiscard]] Result<Language> parse_language(std::string_view text);
// One of , ; and the tab, which is "tab".
[[nodiscard]] Result<char> parse_separator(std::string_view text);

[[nodiscard]] std::string_view media_type(Format format);
// "sobriety-2026-10.csv".
[[nodiscard]] std::string file_name(const Input& input, Format format);
[[nodiscard]] std::string written(const Input& input, const Style& style);

}  // namespace sobriety::collector::report
