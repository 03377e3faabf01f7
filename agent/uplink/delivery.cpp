#include "agent/uplink/delivery.hpp"

#include <algorithm>

namespace sobriety::agent {

Result<void> Delivery::take(const wire::Frame& frame) {
  switch (frame.type) {
    case wire::FrameType::welcome: {
      if (welcomed_) return fail(Errc::malformed, "the collector said welcome twice");
      BOOST_OUTCOME_TRY(const auto welcome, wire::decode_welcome(frame.payload));
      return this->welcome(welcome.committed_seq);
    }
    case wire::FrameType::ack: {
      if (!welcomed_) return fail(Errc::malformed, "the collector sent an ack before its welcome");
      BOOST_OUTCOME_TRY(const auto ack, wire::decode_ack(frame.payload));
      return acknowledge(ack.seq);
    }
    case wire::FrameType::refusal: {
      BOOST_OUTCOME_TRY(const auto refusal, wire::decode_refusal(frame.payload));
      retry_after_ = refusal.retry_after;
      return fail(Errc::unavailable, "the collector refuses: " + refusal.message + " (" +
                                         std::string{wire::to_string(refusal.reason)} + ")");
    }
    case wire::FrameType::hello:
    case wire::FrameType::inventory:
    case wire::FrameType::batch:
    case wire::FrameType::gap:
    case wire::FrameType::goodbye:
    case wire::FrameType::enrol_request:
    case wire::FrameType::enrol_reply:
      break;
  }
  return fail(Errc::malformed,
              "the collector sent a frame that is not a collector's, or not on this connection");
}

Result<void> Delivery::welcome(std::uint64_t committed_seq) {
  if (spool_.foreign(committed_seq)) {
    const std::string stream = spool_.stream().hex();
    spool_.begin_anew();
    return fail(Errc::broken,
                "the collector has batch " + std::to_string(committed_seq) + " of stream " +
                    stream +
                    ", which this spool never held (restored from a backup, or cloned?); it is set "
                    "aside and a new stream begins");
  }
  welcomed_ = true;
  next_to_send_ = committed_seq + 1;
  return acknowledge(committed_seq);
}

Result<void> Delivery::acknowledge(std::uint64_t seq) {
  if (seq >= spool_.next_seq())
    return fail(Errc::malformed, "the collector acknowledges a batch that was never made");
  progressed_ = progressed_ || spool_.acknowledged() < seq;
  acknowledged_ = std::max(acknowledged_, seq);
  // It may run ahead of this conversation: batches of the one before were on their way to the
  // store.
  next_to_send_ = std::max(next_to_send_, acknowledged_ + 1);
  spool_.acknowledge(acknowledged_);
  if (acknowledged_ + 1 >= next_to_send_) in_flight_ = 0;
  return success();
}

// Batches before `seq` that will not come: those that a collector has had are told from those that
// were dropped.
void Delivery::declare_gap(std::string& out, std::uint64_t seq) {
  const std::uint64_t had = std::min(spool_.acknowledged(), seq - 1);
  if (next_to_send_ <= had) {
    wire::append(out, wire::Gap{next_to_send_, had, true});
    next_to_send_ = had + 1;
  }
  if (next_to_send_ < seq) wire::append(out, wire::Gap{next_to_send_, seq - 1});
}

bool Delivery::pump(std::string& out, std::size_t most) {
  if (!welcomed_) return false;
  while (in_flight_ < delivery_window) {
    const QueuedBatch* batch = spool_.from(next_to_send_);
    if (batch == nullptr) return false;
    if (out.size() >= most) return true;
    declare_gap(out, batch->seq);
    if (!inventory_ || inventory_->hash != batch->inventory->hash) {
      inventory_ = batch->inventory;
      out += inventory_->frame;
    }
    out += batch->frame;
    in_flight_ += batch->frame.size();
    next_to_send_ = batch->seq + 1;
  }
  return false;
}

}  // namespace sobriety::agent
