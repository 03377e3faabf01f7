// What the door counts; the exposition shows it. Called on network threads: implementations are
// thread-safe and cheap.
#pragma once

#include "collector/door/door_tls.hpp"
#include "proto/wire/messages.hpp"

#include <cstddef>

namespace sobriety::collector {

class DoorCounters {
 public:
  virtual ~DoorCounters() = default;
  virtual void opened() = 0;
  virtual void closed() = 0;
  virtual void received(std::size_t bytes) = 0;
  virtual void batch(std::size_t samples) = 0;
  virtual void duplicate() = 0;
  virtual void gap() = 0;
  virtual void implausible_times(unsigned samples) = 0;  // from the future
  virtual void clock_steps(unsigned times) = 0;          // a boot was placed anew on the calendar
  virtual void refused(wire::RefusalReason reason) = 0;
  virtual void truncated() = 0;  // the other side ended in the middle of a frame
  virtual void timed_out() = 0;  // first frame too late, a frame too slow, or idle too long
  virtual void handshake(Handshake result) = 0;
  virtual void enrolment(bool answered) = 0;  // false: there were too many
};

}  // namespace sobriety::collector
