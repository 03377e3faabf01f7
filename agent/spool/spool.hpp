// Batches from when they are made until the collector has acknowledged them: on disk, in memory
// while the disk refuses, or in memory alone.
//
// A batch on disk can be sent once it is synced. Syncing is the owner's to do, wherever it does not
// disturb: begin_sync(), the job's run(), end_sync().
#pragma once

#include "agent/spool/log.hpp"
#include "agent/spool/queue.hpp"
#include "proto/base/clock.hpp"
#include "proto/base/ids.hpp"
#include "proto/base/units.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sobriety::agent {

struct SpoolLimits {
  Bytes memory{4U << 20U};  // of batches that are not on disk
  spool::LogLimits disk;
};

class Spool {
 public:
  // In memory alone: a new stream that ends with this object.
  explicit Spool(Bytes memory);

  // What `directory` holds goes on. `clock` outlives the spool. An error: it cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<Spool>> open(
      std::unique_ptr<spool::Directory> directory, const SpoolLimits& limits, const Clock& clock);

  // Where the energy counters of the stream stood in the run before.
  [[nodiscard]] const ComponentTotals& carried() const { return carried_; }
  // What a new segment is to say of them: where they stand now.
  void tell_totals(spool::Log::Totals totals) { totals_ = std::move(totals); }

  // Changes when a new stream is begun.
  [[nodiscard]] const StreamId& stream() const { return stream_; }
  // Number of the next batch to be made.
  [[nodiscard]] std::uint64_t next_seq() const { return next_seq_; }

  // A row of the batch that is being made, as a batch of its own: kept in case the process dies.
  void add_sample(std::string frame, SharedInventory inventory);
  // The batch of number next_seq().
  void push(std::string frame, std::uint32_t samples, SharedInventory inventory);
  // Samples that were taken and will never be in a batch.
  void count_dropped(std::uint64_t samples) { dropped_samples_ += samples; }

  // The first batch that can be sent whose number is at least `seq`, valid until the next call;
  // null where there is none.
  [[nodiscard]] const QueuedBatch* from(std::uint64_t seq);
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  // Batches up to `seq`, below next_seq(), are committed at the collector.
  void acknowledge(std::uint64_t seq);

  // A collector that has committed up to `seq` of this stream has batches that are not ours, as
  // after a restore from a backup. Asked at each welcome.
  [[nodiscard]] bool foreign(std::uint64_t seq);
  // Sets aside what is there; numbers and counters begin anew.
  void begin_anew();

  // The oldest thing that a power failure would lose was written this long ago.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> unsynced_since() const {
    return unsynced_since_;
  }
  [[nodiscard]] spool::SyncJob begin_sync();
  // Takes the result of its run().
  void end_sync(const spool::SyncJob& job, const Result<void>& result);
  // All of it at once: at the end, and in tests.
  void sync_now();

  // Tries a disk that refused, now; it is tried by itself too, less and less often.
  void retry_disk();

  // What waits outlives this process.
  [[nodiscard]] bool on_disk() const { return disk_ == Disk::works; }
  // Nothing waits to be acknowledged.
  [[nodiscard]] bool empty() const;
  [[nodiscard]] spool::Waiting waiting() const;  // of batches
  [[nodiscard]] std::uint64_t bytes() const { return waiting().bytes; }
  [[nodiscard]] std::uint64_t dropped_samples() const;
  // Writes and syncs that failed, and damage that was found.
  [[nodiscard]] std::uint64_t failures() const;

 private:
  enum class Disk : std::uint8_t { none, works, refuses };

  void write(spool::RecordType type, const QueuedBatch& batch);
  void failed(const Error& error);
  void retry_when_due();

  std::unique_ptr<spool::Directory> directory_;
  std::unique_ptr<spool::Log> log_;  // null: in memory alone
  const Clock* clock_ = nullptr;
  Disk disk_ = Disk::none;
  Queue queue_;  // not synced
  StreamId stream_;
  std::uint64_t next_seq_ = 1;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t opened_at_ = 0;  // next_seq() when it was opened; 0 once a collector has agreed
  std::uint64_t dropped_samples_ = 0;
  std::uint64_t failures_ = 0;
  ComponentTotals carried_;
  spool::Log::Totals totals_ = [] { return ComponentTotals{}; };
  std::optional<std::chrono::steady_clock::time_point> unsynced_since_;
  std::chrono::steady_clock::time_point retry_at_{};
  std::chrono::seconds retry_pause_{};
};

}  // namespace sobriety::agent
