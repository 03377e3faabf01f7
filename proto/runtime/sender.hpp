// Bytes to a socket: at once where it takes them, else later and in order. Bounded.
#pragma once

#include "proto/runtime/asio.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sobriety {

class Sender {
 public:
  // `most_unsent`: what may wait for a peer that does not read.
  Sender(tcp::socket& socket, std::size_t most_unsent)
      : socket_(socket), most_unsent_(most_unsent) {}

  // False: the connection is of no more use (it broke, or the peer does not read).
  [[nodiscard]] bool send(std::string_view bytes);
  [[nodiscard]] std::size_t unsent() const { return unsent_.size() + in_flight_; }

  // Waits until nothing is at work on the socket any more, which must be closed or cancelled or
  // have a reading peer. The sender must not be destroyed before.
  Task<> settle();

 private:
  Task<> write_unsent();

  tcp::socket& socket_;
  std::size_t most_unsent_;
  std::string unsent_;
  std::size_t in_flight_ = 0;
  bool writing_ = false;
  bool broken_ = false;
};

// Reads what is there, at most `most` bytes, behind what `buffer` holds. False: the end or an
// error.
Task<bool> read_some(tcp::socket& socket, std::string& buffer, std::size_t most);

}  // namespace sobriety
