// Which store, and where: what configuration says of it.
#pragma once

#include <filesystem>
#include <string>

namespace sobriety::collector {

struct StoreOptions {
  std::string kind = "sqlite";  // a name of store_kinds()
  std::filesystem::path path = "/var/lib/sobriety-collector/sobriety.db";

  bool operator==(const StoreOptions&) const = default;
};

}  // namespace sobriety::collector
