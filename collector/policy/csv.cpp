#include "collector/policy/csv.hpp"

#include "proto/base/text.hpp"
#include "proto/base/utf8.hpp"
#include "proto/runtime/values.hpp"
#include "proto/runtime/yaml.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace sobriety::collector::policy {

namespace {

constexpr std::array separators{';', ',', '\t'};

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

// The separator that the first line has most of, outside of quotes.
char separator_of(std::string_view text) {
  std::array<std::size_t, separators.size()> counts{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '\n' && !quoted) break;
    for (std::size_t i = 0; i < separators.size(); ++i)
      if (!quoted && c == separators[i]) ++counts[i];
  }
  const auto most = std::ranges::max_element(counts);
  return *most == 0 ? ',' : separators[static_cast<std::size_t>(most - counts.begin())];
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (list.size() > 400) return list + ", …";
    list += (list.empty() ? "'" : ", '") + yaml::shown(name) + "'";
  }
  return list;
}

}  // namespace

Csv::Csv(std::string_view text, std::string name, const CsvLimits& limits)
    : text_(text), name_(std::move(name)), limits_(limits) {}

Result<Csv> Csv::open(std::string_view text, std::string name, const CsvLimits& limits) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Csv csv{text, std::move(name), limits};
  const auto bad =
      std::min({find_invalid_utf8(text), text.size(),
                static_cast<std::size_t>(std::ranges::find_if(text, is_control) - text.begin())});
  if (bad < text.size()) {
    csv.line_ = 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, bad), '\n'));
    return fail(
        Errc::malformed,
        csv.error_here("holds a byte that is no text in UTF-8; export the file as UTF-8").message);
  }
  csv.separator_ = separator_of(text);
  BOOST_OUTCOME_TRY(csv.read_columns());
  return csv;
}

Result<void> Csv::read_columns() {
  while (at_ < text_.size() && at_line_end()) take_line_end();
  if (at_ == text_.size()) {
    auto nothing = error_here("is empty: expected a line with the names of columns");
    return fail(nothing.code, std::move(nothing.message));
  }
  BOOST_OUTCOME_TRY(read_row());
  for (std::string& field : row_) columns_.emplace_back(trimmed(field));
  nameless_last_ = columns_.size() > 1 && columns_.back().empty();
  if (nameless_last_) columns_.pop_back();
  for (auto column = columns_.begin(); column != columns_.end(); ++column) {
    const bool again = std::find(columns_.begin(), column, *column) != column;
    if (!column->empty() && !again) continue;
    auto wrong =
        error(column->empty() ? "a column has no name"
                              : "the column '" + yaml::shown(*column) + "' is there twice");
    return fail(wrong.code, std::move(wrong.message));
  }
  return success();
}

std::optional<std::size_t> Csv::find(std::string_view column) const {
  const auto found = std::ranges::find(columns_, column);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

Result<std::size_t> Csv::column(std::span<const std::string_view> names) const {
  assert(!names.empty());
  for (const std::string_view name : names)
    if (const auto found = find(name)) return *found;
  return fail(Errc::malformed, name_ + ": has no column '" + std::string{names.front()} +
                                   "'; its columns are " + listed(columns_));
}

Result<void> Csv::allow_only(std::span<const std::string_view> names) const {
  for (const std::string& column : columns_) {
    if (std::ranges::find(names, column) != names.end()) continue;
    std::vector<std::string> known{names.begin(), names.end()};
    return fail(Errc::malformed, name_ + ":1: unknown column '" + yaml::shown(column) +
                                     "'; expected " + listed(known));
  }
  return success();
}

Result<bool> Csv::next() {
  while (at_ < text_.size() && at_line_end()) take_line_end();
  if (at_ == text_.size()) return false;
  BOOST_OUTCOME_TRY(read_row());
  if (++rows_ > limits_.rows)
    return fail(Errc::too_large,
                error("there are more than " + std::to_string(limits_.rows) + " rows").message);
  if (nameless_last_ && row_.size() == columns_.size() + 1 && row_.back().empty()) row_.pop_back();
  if (row_.size() != columns_.size())
    return fail(Errc::malformed,
                error("expected " + std::to_string(columns_.size()) +
                      " fields, as there are columns, got " + std::to_string(row_.size()))
                    .message);
  return true;
}

Result<void> Csv::read_row() {
  row_.clear();
  row_line_ = line_;
  for (;;) {
    if (row_.size() == limits_.columns)
      return fail(
          Errc::too_large,
          error("there are more than " + std::to_string(limits_.columns) + " columns").message);
    row_.emplace_back();
    BOOST_OUTCOME_TRY(read_field());
    if (at_ == text_.size()) return success();
    if (at_line_end()) {
      take_line_end();
      return success();
    }
    ++at_;  // the separator
  }
}

Result<void> Csv::read_field() {
  if (at_ < text_.size() && text_[at_] == '"') return read_quoted();
  return read_plain();
}

Result<void> Csv::read_plain() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != separator_ && !at_line_end()) {
    if (text_[at_] == '"' || text_[at_] == '\r')
      return fail(Errc::malformed,
                  error_here(text_[at_] == '"' ? "a quote in a field that does not begin with one"
                                               : "a carriage return inside a line")
                      .message);
    ++at_;
  }
  if (at_ - begin > limits_.field_bytes)
    return fail(Errc::too_large, error_here("a field is too long").message);
  row_.back() = text_.substr(begin, at_ - begin);
  return success();
}

Result<void> Csv::read_quoted() {
  std::string& field = row_.back();
  for (++at_;; ++at_) {
    if (at_ == text_.size())
      return fail(Errc::malformed, error("a quoted field does not end").message);
    if (text_[at_] == '"') {
      if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
      ++at_;
    }
    if (text_[at_] == '\n') ++line_;
    if (field.size() == limits_.field_bytes)
      return fail(Errc::too_large, error("a field is too long, or a quote is missing").message);
    field += text_[at_];
  }
  ++at_;
  if (at_ == text_.size() || text_[at_] == separator_ || at_line_end()) return success();
  return fail(Errc::malformed, error_here("text behind the quote that ends a field").message);
}

bool Csv::at_line_end() const { return text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n"; }

void Csv::take_line_end() {
  at_ += text_[at_] == '\n' ? 1 : 2;
  ++line_;
}

std::optional<double> Csv::number(std::size_t column) const {
  std::string text{trimmed(row_[column])};
  if (separator_ != ',' && text.find('.') == std::string::npos) {
    if (const auto comma = text.find(','); comma != std::string::npos) text[comma] = '.';
  }
  return parse_finite(text);
}

Error Csv::error(std::string_view message) const {
  return {Errc::malformed, name_ + ":" + std::to_string(row_line_) + ": " + std::string{message}};
}

Error Csv::error(std::size_t column, std::string_view expected) const {
  return error(columns_[column] + ": expected " + std::string{expected} + ", got '" +
               yaml::shown(row_[column]) + "'");
}

Error Csv::error_here(std::string_view message) const {
  return {Errc::malformed, name_ + ":" + std::to_string(line_) + ": " + std::string{message}};
}

}  // namespace sobriety::collector::policy
