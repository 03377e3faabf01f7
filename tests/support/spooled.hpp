// An agent in miniature over a spool: samples of a machine whose counters tell what they are, and
// what of them is found again.
#pragma once

#include "agent/spool/spool.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/frames.hpp"
#include "tests/support/machine.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sobriety::test {

struct ManualClock final : Clock {
  Instant time = at(std::chrono::hours{1});
  [[nodiscard]] Instant now() const override { return time; }
};

inline const agent::SharedInventory& spooled_inventory() {
  static const auto inventory = std::make_shared<const wire::EncodedInventory>(
      wire::encode(inventory_of({cpu("user"), meter("package-0", EnergyScope::cpu)})));
  return inventory;
}
inline const wire::ColumnPlan spooled_plan{{Pace::sample, Pace::sample}};

// Batches by number, as frames.
using Batches = std::map<std::uint64_t, std::string>;

class Spooler {
 public:
  explicit Spooler(std::shared_ptr<FakeDisk> on, agent::SpoolLimits with = small())
      : disk(std::move(on)), limits(with) {}

  // Segments of a few batches.
  static agent::SpoolLimits small() {
    agent::SpoolLimits limits;
    limits.memory = Bytes{64 * 1024};
    limits.disk.segment_bytes = 1024;
    limits.disk.bytes = 64 * 1024;
    return limits;
  }

  // A process begins, and takes the counter from the spool. False where it cannot be opened.
  bool start() {
    spool.reset();
    auto opened = agent::Spool::open(FakeDisk::directory(disk), limits, clock);
    if (!opened) return false;
    spool = std::move(opened).value();
    const auto carried = spool->carried().find("package-0");
    counter = carried == spool->carried().end() ? 0 : carried->second;
    spool->tell_totals([this] { return agent::ComponentTotals{{"package-0", counter}}; });
    rows.clear();
    return true;
  }

  // One row. The third completes the batch.
  void sample(std::size_t of = 3) {
    clock.time = at(std::chrono::duration_cast<std::chrono::milliseconds>(clock.time.boottime) +
                    std::chrono::seconds{5});
    clock.time.wall += later;
    counter += 1000;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(clock.time.boottime);
    rows.emplace_back(since, std::vector<Cell>{counter / 1000, counter});
    if (rows.size() < of) {
      const Batch row = batch_of(spool->next_seq(), {rows.back()}, spooled_inventory()->hash);
      spool->add_sample(frame_of(row, spooled_plan), spooled_inventory());
      return;
    }
    const std::uint64_t seq = spool->next_seq();
    std::string frame = frame_of(batch_of(seq, rows, spooled_inventory()->hash), spooled_plan);
    made[seq] = frame;
    spool->push(std::move(frame), static_cast<std::uint32_t>(rows.size()), spooled_inventory());
    rows.clear();
  }
  void batch() {
    do sample();
    while (!rows.empty());
  }

  // What can be sent from `seq` on.
  [[nodiscard]] Batches sendable(std::uint64_t seq = 1) const {
    Batches batches;
    while (const agent::QueuedBatch* batch = spool->from(seq)) {
      if (!batches.emplace(batch->seq, batch->frame).second) break;  // the caller sees it missing
      seq = batch->seq + 1;
    }
    return batches;
  }

  std::shared_ptr<FakeDisk> disk;
  agent::SpoolLimits limits;
  ManualClock clock;
  std::chrono::hours later{0};  // how much the wall clock is ahead
  std::unique_ptr<agent::Spool> spool;
  Cell counter = 0;
  Batches made;
  std::vector<Sample> rows;
};

// The counters in a batch's frame.
inline std::vector<Cell> counters_of(const std::string& frame) {
  wire::BatchCodec codec;
  Batch batch;
  const auto whole = wire::next_frame(frame);
  if (!whole || !whole.value() || !codec.parse(whole.value()->payload) ||
      !codec.decode(spooled_plan, batch))
    return {};
  std::vector<Cell> counters;
  for (std::size_t row = 0; row < batch.times.size(); ++row) counters.push_back(batch.row(row)[1]);
  return counters;
}

}  // namespace sobriety::test
