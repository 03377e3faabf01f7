// Batches on the wire: columns of delta-of-delta values with runs of zeros folded, as
// proto/README.md specifies. A steady counter costs one to three bytes a value, a constant nothing.
#pragma once

#include "proto/base/result.hpp"
#include "proto/model/batch.hpp"
#include "proto/model/inventory.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::v1 {
class Batch;
}

namespace sobriety::wire {

inline constexpr std::size_t max_samples = 1000;     // of one batch
inline constexpr std::size_t max_cells = 64 * 1024;  // samples x series of one batch

// What both sides must know of an inventory to code its batches.
struct ColumnPlan {
  std::vector<Pace> paces;  // one a series

  static ColumnPlan of(const Inventory& inventory);
};

// Codes and decodes with scratch space that is reused; one a thread.
class BatchCodec {
 public:
  BatchCodec();
  ~BatchCodec();
  BatchCodec(BatchCodec&&) noexcept;
  BatchCodec& operator=(BatchCodec&&) noexcept;

  // Appends a batch frame. `batch` has 1 … max_samples rows of plan.paces.size() cells, at most
  // max_cells, and its times in whole milliseconds.
  void append(std::string& out, const Batch& batch, const ColumnPlan& plan);

  // First half of decoding: what the payload says it is about.
  struct Head {
    std::uint64_t seq;
    std::uint64_t inventory_hash;
    std::size_t samples;
  };
  [[nodiscard]] Result<Head> parse(std::string_view payload);

  // Second half, with the plan of the inventory that the head names. Fills `batch`, reusing its
  // memory. Times must not go back within a batch.
  [[nodiscard]] Result<void> decode(const ColumnPlan& plan, Batch& batch);

 private:
  std::unique_ptr<v1::Batch> message_;
};

}  // namespace sobriety::wire
