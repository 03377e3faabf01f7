// The sections of the HTML report, in the order of the page.
#pragma once

#include "collector/report/html.hpp"

namespace sobriety::collector::report {

struct Page {
  const Input& input;
  const Report& report;
  Language language;

  // Values come escaped.
  [[nodiscard]] std::string say(Text text,
                                std::initializer_list<std::string_view> values = {}) const {
    return words(language, text, values);
  }
  [[nodiscard]] std::string day(std::string_view iso) const {
    return html_text(date(language, iso));
  }
  [[nodiscard]] std::string much(double value) const { return amount(language, value); }
  [[nodiscard]] std::string much(const std::optional<double>& value) const {
    return value ? amount(language, *value) : "—";
  }
  [[nodiscard]] std::string share(const std::optional<double>& value) const {
    return value ? percentage(language, *value) : "—";
  }
  [[nodiscard]] std::string share(const Windows& windows) const {
    return windows.known == 0
               ? "—"
               : percentage(language, static_cast<double>(windows.on) / windows.known);
  }
  [[nodiscard]] std::string change(const std::optional<double>& value) const {
    return value ? signed_percentage(language, *value) : "—";
  }
  [[nodiscard]] std::string count(std::uint64_t value) const {
    return number(language, static_cast<double>(value), 0);
  }
};

[[nodiscard]] std::string in_short(const Page& page);
[[nodiscard]] std::string charts(const Page& page);
[[nodiscard]] std::string results(const Page& page);
[[nodiscard]] std::string comparison(const Page& page);
[[nodiscard]] std::string advice(const Page& page);
[[nodiscard]] std::string method(const Page& page);
// The part of the method that tells thresholds and other settings.
[[nodiscard]] std::string settings(const Page& page);
// A warning where the ledger is not as it was written.
[[nodiscard]] std::string damage(const Page& page);

// A table whose first `heads` columns name the row; cells come escaped. The last row is a total
// where `has_total`.
struct Table {
  std::string id, caption;
  std::vector<std::string> columns;
  std::size_t heads = 1;  // columns on the left that are text
  std::vector<std::vector<std::string>> rows;
  bool has_total = false;
  bool numbers = true;               // the other columns are numbers,
  std::vector<std::size_t> texts{};  // but for these
  bool quiet = false;                // its caption is heard and not seen: a heading says the same
};
[[nodiscard]] std::string table(const Table& of);

// At most 16 characters of it, and … where there were more.
[[nodiscard]] std::string shortened(std::string_view text);

}  // namespace sobriety::collector::report
