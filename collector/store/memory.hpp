// A store that forgets with the process: for trials and tests.
#pragma once

#include "collector/store/store.hpp"

#include <unordered_map>

namespace sobriety::collector {

class MemoryStore final : public Store {
 public:
  Result<std::vector<HostRecord>> load() override;
  Result<void> commit(std::span<const HostRecord> changed) override;

 private:
  std::unordered_map<HostId, HostRecord, IdHash> hosts_;
};

}  // namespace sobriety::collector
