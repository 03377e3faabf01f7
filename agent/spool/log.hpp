// The segments of one directory as one log: appended at its end, read from anywhere, let go of at
// its beginning. What is written becomes readable when it is synced.
#pragma once

#include "agent/spool/file_system.hpp"
#include "agent/spool/format.hpp"
#include "agent/spool/history.hpp"
#include "agent/spool/queue.hpp"
#include "agent/spool/reader.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sobriety::agent::spool {

struct LogLimits {
  std::uint64_t bytes = 64U << 20U;  // of all segments; the oldest goes first
  std::chrono::milliseconds age = std::chrono::hours{30 * 24};  // of a segment's newest record
  std::uint64_t segment_bytes = 1U << 20U;                      // when a new one is begun
};

// What is not acknowledged.
struct Waiting {
  std::uint64_t batches = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;  // of frames
};

// Syncs what was written before it was made; may run on another thread beside everything else.
struct SyncJob {
  struct Part {
    std::uint64_t segment;
    std::uint64_t end;  // of what is written
    std::shared_ptr<File> file;
  };
  std::vector<Part> parts;
  Directory* directory = nullptr;  // null where no name changed
  std::uint64_t names = 0;         // changes of names before it
  std::uint64_t last_seq = 0;      // last batch that is written
  std::uint64_t generation = 0;    // of the log: a rewind begins a new one

  [[nodiscard]] Result<void> run() const;
};

class Log {
 public:
  // What a new segment begins with, beside the inventory.
  using Totals = std::function<ComponentTotals()>;

  // Reads what is there; `history` is told the records of its end. Sets aside what cannot be used.
  // An error: the directory cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<Log>> open(Directory& directory, LogLimits limits,
                                                         History& history);

  // A new stream without any segment; those that are there are set aside.
  void begin_anew();

  [[nodiscard]] const StreamId& stream() const { return stream_; }
  [[nodiscard]] std::uint64_t last_seq() const { return last_seq_; }  // of what is synced or gone
  // Last batch that was forgotten by forget(), not dropped; by the last record, after opening.
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] Waiting waiting() const;
  // Samples of batches that were lost here: dropped, or behind damage.
  [[nodiscard]] std::uint64_t dropped_samples() const { return dropped_samples_; }
  [[nodiscard]] std::uint64_t failures() const {
    return failures_;
  }  // damage and what was set aside

  // Writes a record of a sample or a batch. After an error: rewind().
  [[nodiscard]] Result<void> append(RecordType type, const QueuedBatch& batch, WallTime now,
                                    const Totals& totals);
  // Goes back to what is synced.
  void rewind();

  [[nodiscard]] bool unsynced() const { return !unsynced_.empty(); }
  [[nodiscard]] SyncJob begin_sync() const;
  // False once the log was rewound: the job's result then says nothing.
  [[nodiscard]] bool current(const SyncJob& job) const { return job.generation == generation_; }
  // The job ran without an error.
  void end_sync(const SyncJob& job);

  // The first synced batch whose number is at least `seq`, valid until the next call; null where
  // there is none. Damage that is found is skipped.
  [[nodiscard]] const QueuedBatch* from(std::uint64_t seq) { return sending_.find(seq); }

  // Batches up to `seq` are acknowledged and need not be kept.
  void forget(std::uint64_t seq);

 private:
  struct Segment {
    std::uint64_t last_seq = 0;  // of synced batches; 0: none
    std::uint64_t end = 0;       // behind the last synced record; 0: nothing is synced
    std::uint64_t size = 0;      // what the file takes
    WallTime begun{};
    bool damaged = false;
    std::uint64_t lost_samples = 0;  // behind damage; counted when the segment is done with
    Waiting waiting;                 // of synced batches
  };
  using Segments = std::map<std::uint64_t, Segment>;

  // A batch that is written and not synced.
  struct Unsynced {
    std::uint64_t seq;
    std::uint64_t segment;
    std::uint32_t samples;
    std::uint64_t bytes;
  };

  // A place in the log that batches are read from.
  class Cursor {
   public:
    explicit Cursor(Log& log) : log_(log) {}
    [[nodiscard]] const QueuedBatch* find(std::uint64_t seq);
    void reset() { reader_.reset(); }

   private:
    bool enter(std::uint64_t segment);
    bool read_next();

    Log& log_;
    std::optional<RecordReader> reader_;
    std::uint64_t segment_ = 0;
    std::uint64_t before_ = 0;  // number of the batch before current_
    bool has_current_ = false;
    QueuedBatch current_{};
  };

  Log(Directory& directory, LogLimits limits) : directory_(directory), limits_(limits) {}

  // Opening, in recovery.cpp.
  struct Scan;
  Result<void> recover(History& history);
  [[nodiscard]] Result<std::map<std::uint64_t, SegmentHeader>> headers();
  [[nodiscard]] std::optional<SegmentHeader> header_of(std::uint64_t first_seq);
  void discard(std::uint64_t first_seq, bool damaged);
  [[nodiscard]] Scan scan(const SegmentHeader& header, History* history);

  // A new stream, of which nothing is written.
  void begin_stream();
  [[nodiscard]] Result<void> begin_segment(const QueuedBatch& batch, WallTime now,
                                           const Totals& totals);
  [[nodiscard]] Result<void> reopen_last();
  [[nodiscard]] Result<void> write(std::string_view bytes);
  void close_file();

  // Letting go, in retention.cpp.
  void make_room(WallTime now);
  void drop_oldest(std::string_view why);
  void remove_done();
  void remove(Segments::iterator segment);
  void set_aside(std::uint64_t segment, std::string_view why);
  void damaged(std::uint64_t segment, std::uint64_t end);
  void settle(Segment& segment, std::uint64_t first, std::uint64_t seq);

  Directory& directory_;
  LogLimits limits_;
  StreamId stream_;
  Segments segments_;
  std::uint64_t last_seq_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t forgotten_ = 0;  // acknowledged or dropped
  std::uint64_t dropped_samples_ = 0;
  std::uint64_t failures_ = 0;

  // The end that is written at; null: none is open.
  std::shared_ptr<File> file_;
  std::uint64_t written_ = 0;
  std::uint64_t written_seq_ = 0;      // last batch that is written
  std::uint64_t written_samples_ = 0;  // in all batches of the stream up to there
  std::uint64_t synced_samples_ = 0;   // of them synced
  SharedInventory inventory_;          // in force at that end
  std::uint64_t written_last_ = 0;     // number of the last record there
  std::uint64_t names_ = 0;            // files that were made
  std::uint64_t names_synced_ = 0;
  std::vector<SyncJob::Part> unsynced_;
  std::deque<Unsynced> unsynced_batches_;
  std::uint64_t generation_ = 0;

  Cursor sending_{*this};
  Cursor settling_{*this};
};

}  // namespace sobriety::agent::spool
