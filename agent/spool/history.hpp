// What the records of a spool tell the next run of the agent: where each energy counter stood, and
// the samples of a batch that was never completed.
#pragma once

#include "agent/component_totals.hpp"
#include "agent/spool/format.hpp"
#include "agent/spool/queue.hpp"
#include "proto/model/batch.hpp"
#include "proto/wire/batch_codec.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sobriety::agent::spool {

// The payload of a totals record; empty without components.
[[nodiscard]] std::string encode(const ComponentTotals& totals);

class History {
 public:
  // Takes the records of a segment or more, in order. What cannot be decoded is left out.
  void take(const Record& record);

  // The newest counter of every component that was seen.
  [[nodiscard]] const ComponentTotals& totals() const { return totals_; }
  // As the newest batch told it.
  [[nodiscard]] std::uint64_t dropped_samples() const { return dropped_samples_; }
  // The samples behind the last batch as a batch.
  [[nodiscard]] std::optional<QueuedBatch> unfinished();

 private:
  void take_inventory(std::string_view frame);
  void take_totals(std::string_view payload);
  bool decode(std::string_view frame);
  void fold();
  [[nodiscard]] bool goes_on() const;

  ComponentTotals totals_;
  std::uint64_t dropped_samples_ = 0;
  SharedInventory encoded_;
  Inventory inventory_;
  wire::ColumnPlan plan_;
  wire::BatchCodec codec_;
  Batch batch_;       // the last that was decoded
  Batch unfinished_;  // samples behind the last batch
};

}  // namespace sobriety::agent::spool
