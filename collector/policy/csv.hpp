// Tables of comma-separated values, read strictly and within bounds: RFC 4180, with `;` or tabs too
// (whichever the first line has most of), a byte-order mark, and line ends of either kind.
//
// The first line names the columns. Refused are texts that are not UTF-8, control characters,
// quotes where none may be, and rows with more or fewer fields than columns. Exports that end each
// line with a separator (GLPI) have a last column without a name and without values.
#pragma once

#include "proto/base/result.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

struct CsvLimits {
  std::size_t columns = 256;
  std::size_t field_bytes = 4096;
  std::size_t rows = 5'000'000;
};

class Csv {
 public:
  // `text` must outlive the reader; `name` is that of the file, for errors.
  [[nodiscard]] static Result<Csv> open(std::string_view text, std::string name,
                                        const CsvLimits& limits = {});

  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  // Index of a column; of several names the first that is there.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view column) const;
  // The same, or an error that lists the columns that there are.
  [[nodiscard]] Result<std::size_t> column(std::span<const std::string_view> names) const;
  // An error where a column is none of `names`.
  [[nodiscard]] Result<void> allow_only(std::span<const std::string_view> names) const;

  // Moves to the next row; false: there is none. Blank lines are none.
  [[nodiscard]] Result<bool> next();
  [[nodiscard]] const std::string& operator[](std::size_t column) const { return row_[column]; }
  // Of the present row; from 1.
  [[nodiscard]] std::size_t line() const { return row_line_; }

  // A finite number. Where the separator is no comma, one may stand for the decimal point.
  [[nodiscard]] std::optional<double> number(std::size_t column) const;
  // "prices.csv:12: message".
  [[nodiscard]] Error error(std::string_view message) const;
  // "prices.csv:12: price: expected …, got '…'".
  [[nodiscard]] Error error(std::size_t column, std::string_view expected) const;

 private:
  Csv(std::string_view text, std::string name, const CsvLimits& limits);
  [[nodiscard]] Result<void> read_columns();
  [[nodiscard]] Result<void> read_row();
  [[nodiscard]] Result<void> read_field();
  [[nodiscard]] Result<void> read_quoted();
  [[nodiscard]] Result<void> read_plain();
  [[nodiscard]] Error error_here(std::string_view message) const;
  [[nodiscard]] bool at_line_end() const;
  void take_line_end();

  std::string_view text_;
  std::string name_;
  CsvLimits limits_;
  char separator_ = ',';
  std::size_t at_ = 0;
  std::size_t line_ = 1;      // that `at_` is in
  std::size_t row_line_ = 1;  // where the present row begins
  std::size_t rows_ = 0;
  bool nameless_last_ = false;
  std::vector<std::string> columns_;
  std::vector<std::string> row_;
};

}  // namespace sobriety::collector::policy
