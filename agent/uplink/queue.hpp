// Batches that wait to be acknowledged, encoded, in the order of their numbers. Bounded in bytes:
// the oldest are dropped first, and counted.
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

  // Number of the next batch to be made.
  [[nodiscard]] std::uint64_t next_seq() const { return next_seq_; }

  // Takes the batch of number next_seq(). One that is too big for the queue alone is kept all the
  // same.
  void push(std::string frame, std::uint32_t samples, SharedInventory inventory);

  // Batches up to `seq` are committed at the collector.
  void acknowledge(std::uint64_t seq);

  // The first batch whose number is at least `seq`; null where there is none.
  [[nodiscard]] const QueuedBatch* from(std::uint64_t seq) const;

  [[nodiscard]] bool empty() const { return batches_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t dropped_samples() const { return dropped_samples_; }

 private:
  void drop_oldest();

  std::size_t most_;
  std::deque<QueuedBatch> batches_;
  std::size_t bytes_ = 0;
  std::uint64_t next_seq_ = 1;
  std::uint64_t dropped_samples_ = 0;
};

}  // namespace sobriety::agent
