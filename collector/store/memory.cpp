#include "collector/store/memory.hpp"

namespace sobriety::collector {

Result<std::vector<HostRecord>> MemoryStore::load() {
  std::vector<HostRecord> records;
  records.reserve(hosts_.size());
  for (const auto& [id, record] : hosts_) records.push_back(record);
  return records;
}

Result<void> MemoryStore::commit(std::span<const HostRecord> changed) {
  for (const HostRecord& record : changed) hosts_[record.id] = record;
  return success();
}

}  // namespace sobriety::collector
