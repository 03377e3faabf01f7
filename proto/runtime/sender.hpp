// Bytes to a channel: at once where it takes them, else later and in order. Bounded.
#pragma once

#include "proto/runtime/channel.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sobriety {

class Sender {
 public:
  // `most_unsent`: what may wait for a peer that does not read.
  Sender(Channel& channel, std::size_t most_unsent)
      : channel_(channel), most_unsent_(most_unsent) {}

  // False: the connection is of no more use (it broke, or the peer does not read).
  [[nodiscard]] bool send(std::string_view bytes);
  [[nodiscard]] std::size_t unsent() const { return unsent_.size(); }

  // Waits until nothing is at work on the channel any more, which must be closed or cancelled or
  // have a reading peer. The sender must not be destroyed before.
  Task<> settle();

 private:
  Task<> write_unsent();

  Channel& channel_;
  std::size_t most_unsent_;
  std::string unsent_;
  bool writing_ = false;
  bool broken_ = false;
};

}  // namespace sobriety
