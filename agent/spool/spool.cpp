#include "agent/spool/spool.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sobriety::agent {

namespace {
// How long a disk that refused is left alone; twice as long each time.
constexpr std::chrono::seconds first_pause{10};
constexpr std::chrono::minutes longest_pause{5};
}  // namespace

Spool::Spool(Bytes memory) : queue_(memory), stream_(StreamId::random()) {}

Result<std::unique_ptr<Spool>> Spool::open(std::unique_ptr<spool::Directory> directory,
                                           const SpoolLimits& limits, const Clock& clock) {
  auto spool = std::make_unique<Spool>(limits.memory);
  spool->directory_ = std::move(directory);
  spool->clock_ = &clock;
  spool::History history;
  BOOST_OUTCOME_TRY(spool->log_, spool::Log::open(*spool->directory_, limits.disk, history));
  spool::Log& log = *spool->log_;
  spool->disk_ = Disk::works;
  spool->stream_ = log.stream();
  spool->acknowledged_ = log.acknowledged();
  spool->next_seq_ = log.last_seq() + 1;
  spool->carried_ = history.totals();
  spool->opened_at_ = spool->next_seq_;
  if (auto batch = history.unfinished(); batch && batch->seq == spool->next_seq_)
    spool->push(std::move(batch->frame), batch->samples, std::move(batch->inventory));
  return spool;
}

void Spool::add_sample(std::string frame, SharedInventory inventory) {
  retry_when_due();
  if (disk_ == Disk::works)
    write(spool::RecordType::sample, {next_seq_, std::move(frame), 1, std::move(inventory)});
}

void Spool::push(std::string frame, std::uint32_t samples, SharedInventory inventory) {
  retry_when_due();
  QueuedBatch batch{next_seq_++, std::move(frame), samples, std::move(inventory)};
  if (disk_ == Disk::works) write(spool::RecordType::batch, batch);
  queue_.push(std::move(batch));
  if (disk_ == Disk::works && queue_.overfull())
    failed({Errc::unavailable, directory_->path() + " takes too long to sync"});
  if (disk_ != Disk::works) queue_.trim();
}

void Spool::write(spool::RecordType type, const QueuedBatch& batch) {
  const auto written = log_->append(type, batch, clock_->now().wall, totals_);
  if (!written) return failed(written.error());
  if (!unsynced_since_) unsynced_since_ = std::chrono::steady_clock::now();
}

void Spool::failed(const Error& error) {
  ++failures_;
  if (disk_ == Disk::works) {
    spdlog::error("spool: {}; samples wait in memory until the disk can be written again",
                  error.message);
    retry_pause_ = first_pause;
  }
  disk_ = Disk::refuses;
  log_->rewind();
  unsynced_since_.reset();
  retry_at_ = std::chrono::steady_clock::now() + retry_pause_;
  retry_pause_ = std::min<std::chrono::seconds>(retry_pause_ * 2, longest_pause);
}

void Spool::retry_when_due() {
  if (disk_ == Disk::refuses && std::chrono::steady_clock::now() >= retry_at_) retry_disk();
}

// Writes what waits in memory, in order.
void Spool::retry_disk() {
  if (disk_ != Disk::refuses) return;
  for (const QueuedBatch* batch = queue_.from(0); batch != nullptr;
       batch = queue_.from(batch->seq + 1)) {
    const auto written =
        log_->append(spool::RecordType::batch, *batch, clock_->now().wall, totals_);
    if (!written) return failed(written.error());
  }
  disk_ = Disk::works;
  unsynced_since_ = std::chrono::steady_clock::now();
  spdlog::info("spool {}: the disk is written again", directory_->path());
}

const QueuedBatch* Spool::from(std::uint64_t seq) {
  seq = std::max(seq, acknowledged_ + 1);
  if (log_)
    if (const QueuedBatch* batch = log_->from(seq)) return batch;
  return disk_ == Disk::works ? nullptr : queue_.from(seq);
}

void Spool::acknowledge(std::uint64_t seq) {
  acknowledged_ = std::max(acknowledged_, seq);
  queue_.forget(seq);
  if (log_) log_->forget(seq);
}

bool Spool::foreign(std::uint64_t seq) {
  const std::uint64_t limit = std::exchange(opened_at_, 0);
  return seq >= (limit == 0 ? next_seq_ : limit);
}

void Spool::begin_anew() {
  dropped_samples_ += queue_.samples();
  queue_.forget(next_seq_);
  if (log_) log_->begin_anew();
  stream_ = log_ ? log_->stream() : StreamId::random();
  next_seq_ = 1;
  acknowledged_ = 0;
  opened_at_ = 0;
  carried_.clear();
  unsynced_since_.reset();
}

spool::SyncJob Spool::begin_sync() {
  unsynced_since_.reset();
  return log_ ? log_->begin_sync() : spool::SyncJob{};
}

void Spool::end_sync(const spool::SyncJob& job, const Result<void>& result) {
  if (!log_ || disk_ != Disk::works || !log_->current(job)) return;
  if (!result) return failed(result.error());
  log_->end_sync(job);
  queue_.forget(job.last_seq);
}

void Spool::sync_now() {
  const spool::SyncJob job = begin_sync();
  end_sync(job, job.run());
}

bool Spool::empty() const { return queue_.empty() && (!log_ || log_->waiting().batches == 0); }

spool::Waiting Spool::waiting() const {
  spool::Waiting sum = log_ ? log_->waiting() : spool::Waiting{};
  sum.batches += queue_.size();
  sum.samples += queue_.samples();
  sum.bytes += queue_.bytes();
  return sum;
}

std::uint64_t Spool::dropped_samples() const {
  return dropped_samples_ + queue_.dropped_samples() + (log_ ? log_->dropped_samples() : 0);
}

std::uint64_t Spool::failures() const { return failures_ + (log_ ? log_->failures() : 0); }

}  // namespace sobriety::agent
