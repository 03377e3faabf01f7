// The commands that look at a store while a collector may use it: verify and backup.
#pragma once

#include "collector/store/options.hpp"

#include <filesystem>

namespace sobriety::collector {

// Prints a line a fault on standard output and a summary on standard error, with progress where
// that is a terminal. Returns the exit status: 0 sound, 1 not.
[[nodiscard]] int verify_store(const StoreOptions& options);

// Copies the store into a new file. Returns the exit status: 0 done, 1 not.
[[nodiscard]] int back_up_store(const StoreOptions& options, const std::filesystem::path& file);

// Reports that were kept, if there are any, beside a backup of the store: FILE.reports.
[[nodiscard]] int back_up_reports(const StoreOptions& options, const std::filesystem::path& file);

}  // namespace sobriety::collector
