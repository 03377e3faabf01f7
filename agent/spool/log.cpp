#include "agent/spool/log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sobriety::agent::spool {

namespace {
constexpr std::string_view bad = ".bad";
constexpr std::size_t most_bad = 2;  // segments that are kept for somebody to look at
}  // namespace

Result<void> SyncJob::run() const {
  for (const Part& part : parts) {
    BOOST_OUTCOME_TRY(part.file->sync());
  }
  return directory != nullptr ? directory->sync() : success();
}

Waiting Log::waiting() const {
  Waiting sum;
  for (const auto& [first, segment] : segments_) {
    sum.batches += segment.waiting.batches;
    sum.samples += segment.waiting.samples;
    sum.bytes += segment.waiting.bytes;
  }
  return sum;
}

// Appending.

Result<void> Log::append(RecordType type, const QueuedBatch& batch, WallTime now,
                         const Totals& totals) {
  if (!file_ && !segments_.empty() && !segments_.rbegin()->second.damaged) {
    BOOST_OUTCOME_TRY(reopen_last());
  }
  // A batch stays with its samples.
  const bool begins = batch.seq != written_last_ && !segments_.contains(batch.seq);
  if (!file_ ||
      (begins && written_ + record_head_size + batch.frame.size() > limits_.segment_bytes)) {
    BOOST_OUTCOME_TRY(begin_segment(batch, now, totals));
  }
  std::string bytes;
  if (!inventory_ || inventory_->hash != batch.inventory->hash)
    spool::append(bytes,
                  Record{RecordType::inventory, 0, batch.seq, forgotten_, batch.inventory->frame});
  spool::append(bytes, Record{type, batch.samples, batch.seq, forgotten_, batch.frame});
  BOOST_OUTCOME_TRY(write(bytes));
  inventory_ = batch.inventory;
  written_last_ = batch.seq;
  if (type != RecordType::batch) return success();
  written_seq_ = batch.seq;
  written_samples_ += batch.samples;
  unsynced_batches_.push_back(
      {batch.seq, segments_.rbegin()->first, batch.samples, batch.frame.size()});
  return success();
}

Result<void> Log::begin_segment(const QueuedBatch& batch, WallTime now, const Totals& totals) {
  close_file();
  make_room(now);
  if (segments_.contains(batch.seq)) {  // nothing of it could be read back
    segments_.erase(batch.seq);
    sending_.reset();
    settling_.reset();
    set_aside(batch.seq, "it cannot be read");
  }
  BOOST_OUTCOME_TRY(auto file, directory_.create(segment_name(batch.seq)));
  ++names_;
  Segment& segment = segments_[batch.seq];
  segment = {};
  segment.begun = now;
  segment.size = limits_.segment_bytes;
  file_ = std::move(file);
  BOOST_OUTCOME_TRY(file_->reserve(limits_.segment_bytes));
  std::string bytes;
  spool::append(bytes, SegmentHeader{stream_, batch.seq, written_samples_, now});
  spool::append(bytes,
                Record{RecordType::inventory, 0, batch.seq, forgotten_, batch.inventory->frame});
  if (const std::string carried = encode(totals()); !carried.empty())
    spool::append(bytes, Record{RecordType::totals, 0, batch.seq, forgotten_, carried});
  BOOST_OUTCOME_TRY(write(bytes));
  inventory_ = batch.inventory;
  return success();
}

// Cuts what is behind the last synced record, so that nothing old shows up behind what comes now.
Result<void> Log::reopen_last() {
  const auto& [first, segment] = *segments_.rbegin();
  BOOST_OUTCOME_TRY(auto file, directory_.open(segment_name(first)));
  BOOST_OUTCOME_TRY(file->cut(segment.end));
  BOOST_OUTCOME_TRY(file->reserve(std::max(segment.end, limits_.segment_bytes)));
  BOOST_OUTCOME_TRY(file->sync());
  file_ = std::move(file);
  written_ = segment.end;
  return success();
}

Result<void> Log::write(std::string_view bytes) {
  BOOST_OUTCOME_TRY(file_->write(written_, bytes));
  written_ += bytes.size();
  auto& [first, segment] = *segments_.rbegin();
  segment.size = std::max(segment.size, written_);
  if (unsynced_.empty() || unsynced_.back().segment != first)
    unsynced_.push_back({first, 0, file_});
  unsynced_.back().end = written_;
  return success();
}

void Log::close_file() {
  file_.reset();
  written_ = 0;
  written_last_ = 0;
  inventory_.reset();
}

void Log::rewind() {
  ++generation_;
  close_file();
  unsynced_.clear();
  unsynced_batches_.clear();
  written_seq_ = last_seq_;
  written_samples_ = synced_samples_;
  for (auto segment = segments_.begin(); segment != segments_.end();) {
    if (segment->second.end != 0) {
      ++segment;
      continue;
    }
    // Where it cannot be removed it is found without a synced record by the next run.
    static_cast<void>(directory_.remove(segment_name(segment->first)));
    segment = segments_.erase(segment);
  }
}

void Log::begin_anew() {
  std::vector<std::uint64_t> all;
  for (const auto& [first, segment] : segments_) {
    all.push_back(first);
    dropped_samples_ += segment.waiting.samples + segment.lost_samples;
  }
  segments_.clear();
  rewind();
  sending_.reset();
  settling_.reset();
  for (const std::uint64_t first : all) set_aside(first, "its stream is given up");
  stream_ = StreamId::random();
  last_seq_ = forgotten_ = written_seq_ = written_samples_ = synced_samples_ = 0;
}

// Syncing.

SyncJob Log::begin_sync() const {
  return {unsynced_, names_ == names_synced_ ? nullptr : &directory_, names_, written_seq_,
          generation_};
}

void Log::end_sync(const SyncJob& job) {
  names_synced_ = job.names;
  for (const SyncJob::Part& part : job.parts)
    if (const auto found = segments_.find(part.segment);
        found != segments_.end() && !found->second.damaged)
      found->second.end = std::max(found->second.end, part.end);
  std::erase_if(unsynced_, [&](const SyncJob::Part& part) {
    const auto found = segments_.find(part.segment);
    return found == segments_.end() || found->second.damaged || found->second.end >= part.end;
  });
  while (!unsynced_batches_.empty() && unsynced_batches_.front().seq <= job.last_seq) {
    const Unsynced& batch = unsynced_batches_.front();
    if (const auto found = segments_.find(batch.segment); found != segments_.end()) {
      found->second.last_seq = batch.seq;
      if (batch.seq > forgotten_) {
        ++found->second.waiting.batches;
        found->second.waiting.samples += batch.samples;
        found->second.waiting.bytes += batch.bytes;
      }
    }
    synced_samples_ += batch.samples;
    unsynced_batches_.pop_front();
  }
  last_seq_ = std::max(last_seq_, job.last_seq);
  remove_done();
}

// Letting go.

void Log::forget(std::uint64_t seq) {
  if (seq <= forgotten_) return;
  const std::uint64_t after = std::exchange(forgotten_, seq);
  for (auto& [first, segment] : segments_) {
    if (first > seq) break;
    settle(segment, std::max(after + 1, first), seq);
  }
  remove_done();
}

// Takes off what waits in `segment` its batches from `first`, which is in it, up to `seq`.
void Log::settle(Segment& segment, std::uint64_t first, std::uint64_t seq) {
  const bool done = segment.last_seq <= seq;
  if (!done || segment.damaged) {
    Waiting& waiting = segment.waiting;
    const QueuedBatch* batch = settling_.find(first);
    while (batch != nullptr && batch->seq <= std::min(seq, segment.last_seq)) {
      waiting.batches -= std::min<std::uint64_t>(waiting.batches, 1);
      waiting.samples -= std::min<std::uint64_t>(waiting.samples, batch->samples);
      waiting.bytes -= std::min<std::uint64_t>(waiting.bytes, batch->frame.size());
      batch = settling_.find(batch->seq + 1);
    }
  }
  if (!done) return;
  if (segment.damaged) dropped_samples_ += segment.waiting.samples;
  dropped_samples_ += std::exchange(segment.lost_samples, 0);
  segment.waiting = {};
}

// The segment that holds the newest record always stays, and the ones before it until something of
// it is synced.
void Log::remove_done() {
  while (segments_.size() > 1) {
    const auto next = std::next(segments_.begin());
    if (next->first - 1 > forgotten_ || next->second.end == 0) return;
    remove(segments_.begin());
  }
}

void Log::make_room(WallTime now) {
  const auto full = [this] {
    std::uint64_t bytes = limits_.segment_bytes;
    for (const auto& [first, segment] : segments_) bytes += segment.size;
    return bytes > limits_.bytes;
  };
  while (segments_.size() > 1 && segments_.rbegin()->second.end != 0) {
    // What is in a segment is older than the one behind it.
    if (std::next(segments_.begin())->second.begun < now - limits_.age)
      drop_oldest("they are older than spool.max_age");
    else if (full())
      drop_oldest("the spool has reached spool.max_bytes");
    else
      return;
  }
}

void Log::drop_oldest(std::string_view why) {
  const auto oldest = segments_.begin();
  const std::uint64_t samples = oldest->second.waiting.samples + oldest->second.lost_samples;
  if (samples > 0)
    spdlog::warn("spool {}: {} samples are dropped: {}", directory_.path(), samples, why);
  dropped_samples_ += samples;
  forgotten_ = std::max(forgotten_, std::next(oldest)->first - 1);
  remove(oldest);
}

void Log::remove(Segments::iterator segment) {
  const std::uint64_t first = segment->first;
  const bool damaged = segment->second.damaged;
  segments_.erase(segment);
  if (damaged) {
    set_aside(first, "it is damaged");
  } else if (const auto removed = directory_.remove(segment_name(first)); !removed) {
    ++failures_;
    spdlog::warn("spool: {}", removed.error().message);
  }
}

void Log::set_aside(std::uint64_t segment, std::string_view why) {
  ++failures_;
  const std::string name = segment_name(segment);
  const std::string aside = name + std::string{bad};
  spdlog::warn("spool {}: {} is set aside as {}: {}", directory_.path(), name, aside, why);
  if (const auto renamed = directory_.rename(name, aside); !renamed) {
    spdlog::warn("spool: {}", renamed.error().message);
    static_cast<void>(directory_.remove(name));
    return;
  }
  const auto names = directory_.names();
  if (!names) return;
  std::vector<std::string> others;
  for (const std::string& other : names.value())
    if (other.ends_with(bad) && other != aside) others.push_back(other);
  for (std::size_t i = 0; i + most_bad <= others.size(); ++i)
    static_cast<void>(directory_.remove(others[i]));
}

void Log::damaged(std::uint64_t segment, std::uint64_t end) {
  const auto found = segments_.find(segment);
  if (found == segments_.end() || found->second.damaged) return;
  ++failures_;
  spdlog::warn("spool {}: {} is damaged at byte {}; what is behind is left out", directory_.path(),
               segment_name(segment), end);
  found->second.damaged = true;
  found->second.end = end;
  if (std::next(found) == segments_.end()) close_file();  // what comes goes into a new one
}

// Reading.

const QueuedBatch* Log::Cursor::find(std::uint64_t seq) {
  if (has_current_ && seq <= current_.seq && seq > before_ && log_.segments_.contains(segment_))
    return &current_;
  const Segments& segments = log_.segments_;
  if (segments.empty()) return nullptr;
  auto target = segments.upper_bound(seq);
  if (target != segments.begin()) --target;
  const std::uint64_t passed = has_current_ ? current_.seq : before_;
  bool inside = reader_ && segments.contains(segment_) && seq > passed && target->first <= segment_;
  std::uint64_t place = target->first;
  while (true) {
    if (inside || enter(place))
      while (read_next())
        if (current_.seq >= seq) return &current_;
    inside = false;
    const auto next = segments.upper_bound(segment_);
    if (next == segments.end()) return nullptr;
    place = next->first;
  }
}

bool Log::Cursor::enter(std::uint64_t segment) {
  reader_.reset();
  has_current_ = false;
  segment_ = segment;
  before_ = segment - 1;
  if (log_.segments_.at(segment).end == 0) return false;
  auto file = log_.directory_.open(segment_name(segment));
  if (!file) {
    log_.damaged(segment, segment_header_size);
    return false;
  }
  reader_.emplace(std::move(file).value());
  return true;
}

bool Log::Cursor::read_next() {
  const auto found = log_.segments_.find(segment_);
  if (found == log_.segments_.end()) return false;
  if (has_current_) before_ = current_.seq;
  has_current_ = false;
  while (reader_->offset() < found->second.end) {
    const std::uint64_t at = reader_->offset();
    const Step step = reader_->next(found->second.end);
    if (step.kind != Step::Kind::record) {
      log_.damaged(segment_, at);
      return false;
    }
    const Record& record = step.record;
    if (record.type == RecordType::inventory &&
        (!current_.inventory || current_.inventory->frame != record.payload)) {
      const std::string_view payload =
          record.payload.substr(std::min(wire::header_size, record.payload.size()));
      current_.inventory = std::make_shared<const wire::EncodedInventory>(
          wire::EncodedInventory{std::string{record.payload}, wire::inventory_hash(payload)});
    }
    if (record.type != RecordType::batch) continue;
    current_.seq = record.seq;
    current_.samples = record.samples;
    current_.frame.assign(record.payload);
    has_current_ = true;
    return true;
  }
  return false;
}

}  // namespace sobriety::agent::spool
