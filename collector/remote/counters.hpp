// What is counted of remote-write.
#pragma once

#include "collector/remote/retry.hpp"
#include "collector/store/outbox.hpp"

namespace sobriety::collector::remote {

struct RemoteWriteCounters {
  virtual ~RemoteWriteCounters() = default;
  // A request ended; one without an answer is Outcome::again.
  virtual void request(Outcome outcome) = 0;
  virtual void outbox(const OutboxState& state, WallTime now) = 0;
};

}  // namespace sobriety::collector::remote
