// Reports that were issued, each as the text of its input, in an SQLite file of their own beside
// the store: that one belongs to the collector alone, and reports are issued beside it.
#pragma once

#include "collector/store/database.hpp"
#include "collector/store/options.hpp"
#include "collector/store/store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector {

struct KeptReport {
  std::int64_t no = 0;      // counts up over all months
  std::string month;        // YYYY-MM
  std::int64_t issued = 0;  // seconds since 1970

  bool operator==(const KeptReport&) const = default;
};

class ReportArchive {
 public:
  // Makes the file where there is none. The memory store keeps no reports.
  [[nodiscard]] static Result<std::unique_ptr<ReportArchive>> open(const StoreOptions& store);
  // Null where no report was ever kept: nothing is made.
  [[nodiscard]] static Result<std::unique_ptr<ReportArchive>> look(const StoreOptions& store);
  [[nodiscard]] static std::filesystem::path file_of(const StoreOptions& store);

  // Durable when it returns; the number of the report.
  [[nodiscard]] Result<std::int64_t> keep(const std::string& month, std::int64_t issued,
                                          std::string_view text);
  // Of a month, or of all for ""; ascending by number.
  [[nodiscard]] Result<std::vector<KeptReport>> list(const std::string& month);
  [[nodiscard]] Result<std::optional<std::string>> text(std::int64_t no);
  // A copy of one moment in a new file, there whole or not at all; more may be kept meanwhile.
  [[nodiscard]] Result<void> backup(const std::filesystem::path& file, const Progress& progress);

 private:
  explicit ReportArchive(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  std::unique_ptr<Database> database_;
};

}  // namespace sobriety::collector
