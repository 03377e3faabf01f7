// Batches in memory, encoded, in the order of their numbers: those that no disk has safe yet.
// Bounded in bytes: the oldest are dropped first, and counted.
#pragma once

#include "proto/base/units.hpp"
#include "proto/wire/messages.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace sobriety::agent {

using SharedInventory = std::shared_ptr<const wire::EncodedInventory>;

struct QueuedBatch {
  std::uint64_t seq;
  std::string frame;
  std::uint32_t samples;
  SharedInventory inventory;  // what the batch is about
};

class Queue {
 public:
  explicit Queue(Bytes most) : most_(most.count()) {}

  // Takes a batch whose number is above those before.
  void push(QueuedBatch batch);
  // Over the bound. A batch that is too big for the queue alone is kept all the same.
  [[nodiscard]] bool overfull() const { return bytes_ > most_ && batches_.size() > 1; }
  // Drops the oldest until it is within its bound.
  void trim();

  // Lets go of the batches up to `seq`.
  void forget(std::uint64_t seq);

  // The first batch whose number is at least `seq`; null where there is none.
  [[nodiscard]] const QueuedBatch* from(std::uint64_t seq) const;

  [[nodiscard]] bool empty() const { return batches_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return batches_.size(); }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] std::uint64_t dropped_samples() const { return dropped_samples_; }

 private:
  void pop_oldest();

  std::size_t most_;
  std::deque<QueuedBatch> batches_;
  std::size_t bytes_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t dropped_samples_ = 0;
};

}  // namespace sobriety::agent
