// Gathers rows into batches of a fixed number of samples. Its memory is kept from batch to batch.
#pragma once

#include "proto/model/batch.hpp"
#include "proto/wire/batch_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace sobriety::agent {

class Batcher {
 public:
  // `samples`: of a full batch; fewer where rows are so wide that the wire's limit comes first.
  Batcher(std::size_t width, std::size_t samples) : samples_(samples) { widen(width); }

  // A new row, all no_value, for a sample of this moment.
  std::span<Cell> add(const Instant& now) {
    using std::chrono::milliseconds;
    const auto whole = [](Elapsed time) { return std::chrono::duration_cast<milliseconds>(time); };
    batch_.times.push_back({whole(now.boottime), whole(now.asleep), now.wall});
    batch_.cells.resize(batch_.cells.size() + batch_.width, no_value);
    return batch_.row(batch_.times.size() - 1);
  }

  [[nodiscard]] bool empty() const { return batch_.times.empty(); }
  [[nodiscard]] bool full() const { return batch_.times.size() >= limit_; }
  // The next row to be added is the batch's last.
  [[nodiscard]] bool nearly_full() const { return batch_.times.size() + 1 >= limit_; }

  [[nodiscard]] Batch& batch() { return batch_; }
  void clear() {
    batch_.times.clear();
    batch_.cells.clear();
  }
  // Rows are of another width from now on. Only while empty.
  void widen(std::size_t width) {
    batch_.width = width;
    limit_ = std::clamp<std::size_t>(
        samples_, 1,
        std::min(wire::max_samples, wire::max_cells / std::max<std::size_t>(width, 1)));
    batch_.times.reserve(limit_);
    batch_.cells.reserve(limit_ * width);
  }

 private:
  std::size_t samples_;
  std::size_t limit_ = 1;
  Batch batch_;
};

}  // namespace sobriety::agent
