// Which store, and where: what configuration says of it.
#pragma once

#include "proto/base/units.hpp"

#include <filesystem>
#include <string>

namespace sobriety::collector {

struct StoreOptions {
  std::string kind = "sqlite";  // a name of store_kinds()
  std::filesystem::path path = "/var/lib/sobriety-collector/sobriety.db";
  Bytes outbox{1U << 30U};  // the most that its outbox holds, packed; configured as remote_write

  bool operator==(const StoreOptions&) const = default;
};

}  // namespace sobriety::collector
