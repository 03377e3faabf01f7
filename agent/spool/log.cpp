#include "agent/spool/log.hpp"

#include <algorithm>
#include <utility>

namespace sobriety::agent::spool {

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
    spool::append(
        bytes, Record{RecordType::inventory, 0, batch.seq, acknowledged_, batch.inventory->frame});
  spool::append(bytes, Record{type, batch.samples, batch.seq, acknowledged_, batch.frame});
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
                Record{RecordType::inventory, 0, batch.seq, acknowledged_, batch.inventory->frame});
  if (const std::string carried = encode(totals()); !carried.empty())
    spool::append(bytes, Record{RecordType::totals, 0, batch.seq, acknowledged_, carried});
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
  begin_stream();
}

void Log::begin_stream() {
  stream_ = StreamId::random();
  last_seq_ = acknowledged_ = forgotten_ = written_seq_ = written_samples_ = synced_samples_ = 0;
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

}  // namespace sobriety::agent::spool
