// A copy of an SQLite database in a new file, made page by page while others go on to use it.
#pragma once

#include "collector/store/database.hpp"
#include "collector/store/store.hpp"

namespace sobriety::collector {

// Written as FILE.partial, synced, and renamed: FILE is there whole or not at all, readable by its
// owner only. `source` has a transaction open, so that all pages are of one moment.
[[nodiscard]] Result<void> back_up(Database& source, const std::filesystem::path& file,
                                   const Progress& progress);

}  // namespace sobriety::collector
