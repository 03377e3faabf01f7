// The collector's side of one conversation, sans I/O: frames in, steps out.
//
// The session knows the order in which frames may come and what has been seen of the stream; it
// does not know sockets, time or where hosts are kept.
#pragma once

#include "proto/wire/batch_codec.hpp"
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"

#include <cstdint>
#include <optional>
#include <variant>

namespace sobriety::collector {

struct NewInventory {
  Inventory inventory;
};
struct NextBatch {};       // decoded into the caller's batch, to be applied
struct DuplicateBatch {};  // seen before: to be acknowledged again, once committed
struct Skipped {
  std::uint64_t last_seq;
  bool acknowledged;  // a collector had them once
};

using Step =
    std::variant<wire::Hello, NewInventory, NextBatch, DuplicateBatch, Skipped, wire::Goodbye,
                 wire::Refusal>;  // a refusal ends the conversation

class Session {
 public:
  // What the frame means. A batch is decoded into `batch` by `codec`, both reused by the caller.
  [[nodiscard]] Step take(const wire::Frame& frame, wire::BatchCodec& codec, Batch& batch);

  // Goes on behind a hello that was taken, with the stream's last applied batch.
  void resume(std::uint64_t applied) {
    introduced_ = true;
    next_seq_ = applied + 1;
  }

 private:
  Step take_batch(std::string_view payload, wire::BatchCodec& codec, Batch& batch);

  bool introduced_ = false;
  std::uint64_t next_seq_ = 1;
  std::optional<wire::ColumnPlan> plan_;
  std::uint64_t inventory_hash_ = 0;
};

// The refusal that fits an error of the wire.
[[nodiscard]] wire::Refusal refusal_of(const Error& error);

}  // namespace sobriety::collector
