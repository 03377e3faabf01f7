// A store that forgets with the process: for trials and tests.
#pragma once

#include "collector/store/store.hpp"

#include <map>
#include <unordered_map>

namespace sobriety::collector {

class MemoryStore : public Store {
 public:
  Result<std::vector<HostState>> load() override;
  Result<void> commit(std::span<const HostRecord> changed) override;
  Result<std::vector<LedgerRow>> rows(const HostId& host, Grain grain, Hour from, Hour to,
                                      std::size_t most) override;
  Result<std::vector<QuietDay>> quiet_days(const HostId& host, std::int32_t from) override;
  Result<std::size_t> roll_up(Hour before, std::size_t most) override;
  Result<std::unique_ptr<Snapshot>> snapshot() override;
  Result<std::vector<std::string>> check() override;
  Result<void> backup(const std::filesystem::path& file, const Progress& progress) override;

 private:
  struct Kept {
    HostState state;
    std::map<Hour, Figures> hours;
    std::map<Hour, Figures> days;
    std::map<std::int32_t, QuietDay> quiet_days;
  };
  std::unordered_map<HostId, Kept, IdHash> hosts_;
};

}  // namespace sobriety::collector
