#include "agent/spool/queue.hpp"

#include <algorithm>
#include <utility>

namespace sobriety::agent {

void Queue::push(QueuedBatch batch) {
  bytes_ += batch.frame.size();
  samples_ += batch.samples;
  batches_.push_back(std::move(batch));
}

void Queue::trim() {
  while (overfull()) {
    dropped_samples_ += batches_.front().samples;
    pop_oldest();
  }
}

void Queue::forget(std::uint64_t seq) {
  while (!batches_.empty() && batches_.front().seq <= seq) pop_oldest();
}

const QueuedBatch* Queue::from(std::uint64_t seq) const {
  const auto place =
      std::lower_bound(batches_.begin(), batches_.end(), seq,
                       [](const QueuedBatch& batch, std::uint64_t at) { return batch.seq < at; });
  return place == batches_.end() ? nullptr : &*place;
}

void Queue::pop_oldest() {
  bytes_ -= batches_.front().frame.size();
  samples_ -= batches_.front().samples;
  batches_.pop_front();
}

}  // namespace sobriety::agent
