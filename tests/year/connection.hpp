// One agent's connection to a collector, with plain blocking sockets: it sends, and waits for acks
// where it must.
#pragma once

#include "proto/wire/messages.hpp"

#include <cstdint>
#include <string>

namespace sobriety::year {

// Anything unexpected ends the program with a std::runtime_error.
class Connection {
 public:
  // Connects to a loopback port, says hello and reads the welcome.
  Connection(std::uint16_t port, const wire::Hello& hello);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void send(const std::string& bytes);
  // Until batch `seq` is acknowledged.
  void await_ack(std::uint64_t seq);
  // Sends no more, and waits until the collector has taken all and ends the connection.
  void finish();

 private:
  bool receive(bool wait);
  void take_frames();

  int socket_;
  std::string received_;
  bool welcome_ = false;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace sobriety::year
