#include "collector/session/session.hpp"

#include <algorithm>

namespace sobriety::collector {

using wire::Refusal;
using wire::RefusalReason;

Refusal refusal_of(const Error& error) {
  switch (error.code) {
    case Errc::unsupported:
      return {RefusalReason::unsupported_version, error.message};
    case Errc::too_large:
      return {RefusalReason::too_large, error.message};
    default:
      return {RefusalReason::malformed, error.message};
  }
}

namespace {
// The decoded message as a step made by `make`, or the refusal of what is wrong with it.
template <class Message, class Make>
Step step_of(Result<Message> decoded, Make make) {
  if (!decoded) return refusal_of(decoded.error());
  return make(std::move(decoded.value()));
}
}  // namespace

Step Session::take(const wire::Frame& frame, wire::BatchCodec& codec, Batch& batch) {
  if (introduced_ == (frame.type == wire::FrameType::hello))
    return Refusal{RefusalReason::out_of_order,
                   introduced_ ? "a second hello" : "the first frame must be a hello"};
  switch (frame.type) {
    case wire::FrameType::hello:
      introduced_ = true;
      return step_of(wire::decode_hello(frame.payload),
                     [](wire::Hello hello) -> Step { return hello; });
    case wire::FrameType::inventory:
      return step_of(wire::decode_inventory(frame.payload), [&](Inventory inventory) -> Step {
        plan_ = wire::ColumnPlan::of(inventory);
        inventory_hash_ = wire::inventory_hash(frame.payload);
        return NewInventory{std::move(inventory)};
      });
    case wire::FrameType::batch:
      return take_batch(frame.payload, codec, batch);
    case wire::FrameType::gap:
      return step_of(wire::decode_gap(frame.payload), [&](wire::Gap gap) -> Step {
        if (gap.first_seq > next_seq_)
          return Refusal{RefusalReason::out_of_order, "a gap that leaves a hole before it"};
        next_seq_ = std::max(next_seq_, gap.last_seq + 1);
        return Skipped{next_seq_ - 1, gap.acknowledged};
      });
    case wire::FrameType::goodbye:
      return step_of(wire::decode_goodbye(frame.payload),
                     [](wire::Goodbye bye) -> Step { return bye; });
    case wire::FrameType::welcome:
    case wire::FrameType::ack:
    case wire::FrameType::refusal:
    case wire::FrameType::enrol_request:
    case wire::FrameType::enrol_reply:
      break;
  }
  return Refusal{RefusalReason::out_of_order,
                 "a frame that is not an agent's, or not on this connection"};
}

Step Session::take_batch(std::string_view payload, wire::BatchCodec& codec, Batch& batch) {
  const auto head = codec.parse(payload);
  if (!head) return refusal_of(head.error());
  if (head.value().seq < next_seq_) return DuplicateBatch{};
  if (head.value().seq > next_seq_)
    return Refusal{RefusalReason::out_of_order, "batch " + std::to_string(head.value().seq) +
                                                    " came where " + std::to_string(next_seq_) +
                                                    " was next"};
  if (!plan_ || head.value().inventory_hash != inventory_hash_)
    return Refusal{RefusalReason::unknown_inventory,
                   "a batch about an inventory that was not sent"};
  if (const auto decoded = codec.decode(*plan_, batch); !decoded)
    return refusal_of(decoded.error());
  ++next_seq_;
  return NextBatch{};
}

}  // namespace sobriety::collector
