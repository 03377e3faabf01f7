// The telemetry port: accepts connections within limits, has them greeted, and hands each to the
// thread that owns its host.
#pragma once

#include "collector/door/connection.hpp"
#include "collector/door/greeter.hpp"
#include "collector/door/places.hpp"
#include "proto/runtime/asio.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sobriety::collector {

struct DoorLimits {
  std::size_t connections = 100'000;              // in all
  std::size_t connections_per_address = 100'000;  // of one source address
  // In the middle of their handshake:
  std::size_t handshakes = 1024;
  std::size_t handshakes_per_address = 256;
  GreetingLimits greeting{};
};

inline constexpr std::chrono::seconds late_sweep{3};

// One network thread: its context, its hosts, its connections.
class DoorThread {
 public:
  DoorThread(net::io_context& context, ShardThread shared) : context_(context), shared_(shared) {}

  [[nodiscard]] net::io_context& context() { return context_; }
  [[nodiscard]] DoorCounters& counters() { return shared_.counters; }

  // Takes over a connection whose hello was read; on this thread.
  void take_over(Newcomer newcomer);
  // Ends overdue connections and marks silent hosts. Call about once a second, on this thread;
  // after a pause of late_sweep and more it only takes note of the time.
  void sweep(Steady::time_point now);
  // Refuses all connections with shutting_down; on this thread.
  void end_all();
  // Refuses those of agents whose certificate is one of these; on this thread.
  void end_sessions_of(const PeerPredicate& is_one);
  [[nodiscard]] std::size_t open() const { return open_.size(); }

 private:
  Task<> serve(std::unique_ptr<Connection> connection);

  net::io_context& context_;
  ShardThread shared_;
  std::vector<Connection*> open_;  // each knows its position
  std::optional<Steady::time_point> last_sweep_;
};

class Door {
 public:
  // `acceptor` runs on the front thread; `threads` outlive the door. Without `tls` connections are
  // plain, and from this machine only.
  Door(tcp::acceptor acceptor, const DoorLimits& limits, std::vector<DoorThread*> threads,
       std::optional<DoorTls> tls = std::nullopt);

  Task<> accept();  // until stop()
  void stop();
  // From any thread: ends the sessions of agents whose certificate is one of these, soon. Those
  // that begin meanwhile ask the gate.
  void end_sessions_of(const PeerPredicate& is_one);

 private:
  void take_in(tcp::socket socket, DoorThread& thread);

  tcp::acceptor acceptor_;
  std::vector<DoorThread*> threads_;
  std::shared_ptr<Places> places_;
  std::shared_ptr<Places> handshakes_;
  std::shared_ptr<Greeter> greeter_;
};

}  // namespace sobriety::collector
