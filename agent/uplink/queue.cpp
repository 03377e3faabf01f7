#include "agent/uplink/queue.hpp"

#include <algorithm>
#include <utility>

namespace sobriety::agent {

void Queue::push(std::string frame, std::uint32_t samples, SharedInventory inventory) {
  bytes_ += frame.size();
  batches_.push_back({next_seq_++, std::move(frame), samples, std::move(inventory)});
  while (bytes_ > most_ && batches_.size() > 1) {
    dropped_samples_ += batches_.front().samples;
    drop_oldest();
  }
}

void Queue::acknowledge(std::uint64_t seq) {
  while (!batches_.empty() && batches_.front().seq <= seq) drop_oldest();
}

const QueuedBatch* Queue::from(std::uint64_t seq) const {
  const auto place =
      std::lower_bound(batches_.begin(), batches_.end(), seq,
                       [](const QueuedBatch& batch, std::uint64_t at) { return batch.seq < at; });
  return place == batches_.end() ? nullptr : &*place;
}

void Queue::drop_oldest() {
  bytes_ -= batches_.front().frame.size();
  batches_.pop_front();
}

}  // namespace sobriety::agent
