// The telemetry port: accepts connections within limits, waits for the hello, and hands each
// connection to the thread that owns its host.
//
// Plain TCP, from loopback only. The door is built for TLS: what is read before the hello passes
// through one place (greet), and a connection is moved as a socket and bytes, never as a stream.
#pragma once

#include "collector/door/connection.hpp"
#include "proto/runtime/asio.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace sobriety::collector {

struct DoorLimits {
  std::size_t connections = 100'000;              // in all
  std::size_t connections_per_address = 100'000;  // of one source address
  std::chrono::milliseconds first_frame{10'000};  // from accept to a whole hello
};

inline constexpr std::chrono::seconds late_sweep{3};

// One network thread: its context, its hosts, its connections.
class DoorThread {
 public:
  DoorThread(net::io_context& context, ShardThread shared) : context_(context), shared_(shared) {}

  [[nodiscard]] net::io_context& context() { return context_; }
  [[nodiscard]] DoorCounters& counters() { return shared_.counters; }

  // Takes over a connection whose hello was read; on this thread.
  void take_over(tcp::socket socket, wire::Hello hello, std::string received,
                 std::shared_ptr<void> place);
  // Ends overdue connections and marks silent hosts. Call about once a second, on this thread;
  // after a pause of late_sweep and more it only takes note of the time.
  void sweep(Steady::time_point now);
  // Refuses all connections with shutting_down; on this thread.
  void end_all();
  [[nodiscard]] std::size_t open() const { return open_.size(); }

 private:
  Task<> serve(std::unique_ptr<Connection> connection, std::shared_ptr<void> place);

  net::io_context& context_;
  ShardThread shared_;
  std::vector<Connection*> open_;  // each knows its position
  std::optional<Steady::time_point> last_sweep_;
};

class Door {
 public:
  // `acceptor` runs on the front thread; `threads` outlive the door.
  Door(tcp::acceptor acceptor, DoorLimits limits, std::vector<DoorThread*> threads);

  Task<> accept();  // until stop()
  void stop();

 private:
  Task<> greet(tcp::socket socket, DoorThread& thread, std::shared_ptr<void> place);

  // A connection's share of the limits, given back when the last holder lets go.
  class Places;

  tcp::acceptor acceptor_;
  DoorLimits limits_;
  std::vector<DoorThread*> threads_;
  std::shared_ptr<Places> places_;
};

}  // namespace sobriety::collector
