// A store that forgets with the process: for trials and tests.
#pragma once

#include "collector/store/store.hpp"

#include <deque>
#include <map>
#include <unordered_map>

namespace sobriety::collector {

class MemoryStore : public Store {
 public:
  explicit MemoryStore(Bytes outbox = StoreOptions{}.outbox) : outbox_size_(outbox) {}

  Result<std::vector<HostState>> load() override;
  Result<void> commit(std::span<const HostRecord> changed) override;
  Result<std::vector<LedgerRow>> rows(const HostId& host, Grain grain, Hour from, Hour to,
                                      std::size_t most) override;
  Result<std::vector<QuietDay>> quiet_days(const HostId& host, std::int32_t from) override;
  Result<std::vector<OutboxRow>> outbox_rows(std::uint64_t samples,
                                             std::vector<std::string>& notes) override;
  Result<void> settle_outbox(std::span<const OutboxSettled> rows) override;
  Result<OutboxState> outbox_state() override;
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
  struct Waiting {
    std::int64_t no;
    WallTime since;
    PackedRow row;
  };

  void put_out(const std::vector<OutboxBlock>& blocks, WallTime since);
  void leave(std::deque<Waiting>::iterator row);

  std::unordered_map<HostId, Kept, IdHash> hosts_;
  Bytes outbox_size_;
  std::deque<Waiting> waiting_;
  OutboxState outbox_;
  std::int64_t last_no_ = 0;
};

}  // namespace sobriety::collector
