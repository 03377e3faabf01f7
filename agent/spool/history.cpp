#include "agent/spool/history.hpp"

#include <algorithm>
#include <utility>

namespace sobriety::agent::spool {

namespace {

// The payload of the frame that is all of `bytes`.
std::optional<std::string_view> payload_of(std::string_view bytes, wire::FrameType type) {
  const auto frame = wire::next_frame(bytes);
  if (!frame || !frame.value() || frame.value()->type != type ||
      frame.value()->size != bytes.size())
    return std::nullopt;
  return frame.value()->payload;
}

}  // namespace

std::string encode(const ComponentTotals& totals) {
  if (totals.empty()) return {};
  Inventory inventory;
  Batch row;
  for (const auto& [component, total] : totals) {
    if (inventory.series.size() == wire::max_series) break;
    inventory.series.push_back({SignalId::component_energy, component, EnergyScope::none, ""});
    row.cells.push_back(total);
  }
  row.seq = 1;
  row.times.emplace_back();
  row.width = row.cells.size();
  auto [bytes, hash] = wire::encode(inventory);
  row.inventory_hash = hash;
  wire::BatchCodec{}.append(bytes, row, wire::ColumnPlan::of(inventory));
  return std::move(bytes);
}

void History::take(const Record& record) {
  switch (record.type) {
    case RecordType::inventory:
      take_inventory(record.payload);
      break;
    case RecordType::totals:
      take_totals(record.payload);
      break;
    case RecordType::sample:
      if (!decode(record.payload)) break;
      fold();
      if (!goes_on()) {
        unfinished_ = batch_;
        break;
      }
      unfinished_.times.insert(unfinished_.times.end(), batch_.times.begin(), batch_.times.end());
      unfinished_.cells.insert(unfinished_.cells.end(), batch_.cells.begin(), batch_.cells.end());
      break;
    case RecordType::batch:
      unfinished_ = {};
      if (decode(record.payload)) fold();
      break;
  }
}

// The row that was decoded is the next one of the unfinished batch.
bool History::goes_on() const {
  return batch_.seq == unfinished_.seq && batch_.inventory_hash == unfinished_.inventory_hash &&
         unfinished_.times.size() < wire::max_samples &&
         batch_.times.front().boottime >= unfinished_.times.back().boottime;
}

void History::take_inventory(std::string_view frame) {
  if (encoded_ && encoded_->frame == frame) return;
  const auto payload = payload_of(frame, wire::FrameType::inventory);
  if (!payload) return;
  auto inventory = wire::decode_inventory(*payload);
  if (!inventory) return;
  inventory_ = std::move(inventory).value();
  plan_ = wire::ColumnPlan::of(inventory_);
  encoded_ = std::make_shared<const wire::EncodedInventory>(
      wire::EncodedInventory{std::string{frame}, wire::inventory_hash(*payload)});
}

void History::take_totals(std::string_view payload) {
  const auto first = wire::next_frame(payload);
  if (!first || !first.value()) return;
  History of_totals;  // its own inventory must not take the place of the one in force
  of_totals.take_inventory(payload.substr(0, first.value()->size));
  if (!of_totals.decode(payload.substr(first.value()->size))) return;
  of_totals.fold();
  for (const auto& [component, total] : of_totals.totals_) totals_[component] = total;
}

bool History::decode(std::string_view frame) {
  const auto payload = payload_of(frame, wire::FrameType::batch);
  if (!payload || !encoded_) return false;
  const auto head = codec_.parse(*payload);
  return head && head.value().inventory_hash == encoded_->hash &&
         codec_.decode(plan_, batch_).has_value();
}

void History::fold() {
  for (std::size_t column = 0; column < batch_.width; ++column) {
    const Series& series = inventory_.series[column];
    const bool dropped = series.signal == SignalId::spool_dropped;
    if (!dropped && series.signal != SignalId::component_energy) continue;
    for (std::size_t row = 0; row < batch_.times.size(); ++row) {
      const Cell cell = batch_.row(row)[column];
      if (cell < 0) continue;
      if (dropped)
        dropped_samples_ = static_cast<std::uint64_t>(cell);
      else
        totals_[series.instance] = cell;
    }
  }
}

std::optional<QueuedBatch> History::unfinished() {
  if (unfinished_.times.empty() || unfinished_.cells.size() > wire::max_cells ||
      unfinished_.inventory_hash != encoded_->hash)
    return std::nullopt;
  QueuedBatch batch{
      unfinished_.seq, {}, static_cast<std::uint32_t>(unfinished_.times.size()), encoded_};
  codec_.append(batch.frame, unfinished_, plan_);
  return batch;
}

}  // namespace sobriety::agent::spool
