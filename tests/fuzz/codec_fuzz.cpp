// An inventory and a batch about it: any bytes are refused, or are a batch that survives the way
// through the codec. The first two bytes are the length of the inventory's payload, big-endian; the
// batch's payload follows it.
#include "proto/wire/batch_codec.hpp"
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"
#include "tests/fuzz/promise.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using namespace sobriety;
using namespace sobriety::wire;
using sobriety::fuzz::must;

void check_shape(const Batch& batch, const BatchCodec::Head& head, const ColumnPlan& plan) {
  must(batch.seq == head.seq && batch.inventory_hash == head.inventory_hash);
  must(batch.times.size() == head.samples && head.samples >= 1 && head.samples <= max_samples);
  must(batch.width == plan.paces.size() && batch.cells.size() == batch.width * head.samples);
  must(std::is_sorted(batch.times.begin(), batch.times.end(),
                      [](const Instant& a, const Instant& b) { return a.boottime < b.boottime; }));
  for (std::size_t column = 0; column < batch.width; ++column)
    for (std::size_t row = 0; plan.paces[column] == Pace::batch && row + 1 < head.samples; ++row)
      must(batch.row(row)[column] == no_value);
}

void check_round_trip(const Batch& batch, const ColumnPlan& plan) {
  constexpr std::size_t longest_value = 10;  // bytes
  if ((batch.cells.size() + 3 * batch.times.size()) * longest_value > max_payload / 2) return;
  BatchCodec codec;
  std::string frame;
  codec.append(frame, batch, plan);
  const auto read = next_frame(frame);
  must(read.has_value() && read.value() && read.value()->type == FrameType::batch);
  Batch again;
  must(codec.parse(read.value()->payload).has_value());
  must(codec.decode(plan, again).has_value() && again == batch);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view rest{reinterpret_cast<const char*>(data) + 2, size - 2};
  const std::size_t length = std::min<std::size_t>(data[0] * 256U + data[1], rest.size());
  const auto inventory = decode_inventory(rest.substr(0, length));
  if (!inventory) return 0;
  const ColumnPlan plan = ColumnPlan::of(inventory.value());
  BatchCodec codec;
  const auto head = codec.parse(rest.substr(length));
  if (!head) return 0;
  Batch batch;
  if (!codec.decode(plan, batch)) return 0;
  check_shape(batch, head.value(), plan);
  check_round_trip(batch, plan);
  return 0;
}
