// The store of one collector: an SQLite file, durable at each commit (WAL, synchronous = FULL).
//
// One collector owns it, by a lock on FILE.lock; others may look (verify, backup) meanwhile. After
// a commit that failed the file is opened anew for the next one, since some failures of a disk
// leave a connection that cannot go on.
#pragma once

#include "collector/store/store.hpp"

namespace sobriety::collector {

[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite(const StoreOptions& options,
                                                         Access access);

}  // namespace sobriety::collector
