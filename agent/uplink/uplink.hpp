// The connection to the collector: kept up, fed from the spool, given up and tried again.
#pragma once

#include "agent/uplink/delivery.hpp"
#include "agent/uplink/drain_pace.hpp"
#include "proto/base/backoff.hpp"
#include "proto/base/clock.hpp"
#include "proto/runtime/endpoint.hpp"
#include "proto/runtime/sender.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace sobriety::agent {

class Uplink {
 public:
  // What a hello says; the wall clock is read when it is sent.
  struct Identity {
    HostId host;
    std::string host_name;
    std::chrono::milliseconds report_interval;
    std::optional<net::ip::address>
        source{};                  // address to connect from; the system's choice without
    std::optional<BootId> boot{};  // of the clock, if samples are taken by it
    std::optional<MachineHash> machine{};
  };

  // How connections are secured: by the context that is asked for before each, whose error says
  // what is missing. Without one they are plain.
  struct Security {
    std::function<Result<tls::Context>()> context{};
    std::string server_name{};  // that the collector's certificate must have; empty: its host's
  };

  // The hello of that identity, now.
  [[nodiscard]] static wire::Hello hello(const Identity& identity, const StreamId& stream,
                                         const Instant& now);

  Uplink(net::io_context& context, Endpoint collector, Identity identity, Spool& spool,
         const Clock& clock, DrainPace pace = DrainPace{});
  // As above, and under TLS.
  Uplink(net::io_context& context, Endpoint collector, Identity identity, Spool& spool,
         const Clock& clock, DrainPace pace, Security security);

  // Keeps a connection until stop().
  Task<> run();

  // Where connections go and who says hello, from the next one on.
  void aim(Endpoint collector, HostId host);
  // Connects at once where it waits to try again.
  void hurry();

  // The spool has something new to send.
  void notify();

  // Waits (at most `patience`) until all is acknowledged, says goodbye, and stays away until
  // resume().
  Task<> pause(wire::GoodbyeReason reason, std::chrono::milliseconds patience);
  // Connects at once.
  void resume();

  // Like pause(), and ends run().
  Task<> stop(wire::GoodbyeReason reason, std::chrono::milliseconds patience);

  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }
  // run() has ended: the uplink may be destroyed.
  [[nodiscard]] bool stopped() const { return stopping_ && !running_; }
  [[nodiscard]] bool connected() const { return live_ != nullptr && live_->delivery.welcomed(); }

 private:
  // One connection's state, while there is one.
  struct Live {
    Live(net::io_context& context, Spool& spool)
        : channel(context), sender(channel, most_unsent), delivery(spool) {}
    static constexpr std::size_t most_unsent = 1024 * 1024;
    Channel channel;
    Sender sender;
    Delivery delivery;
    bool late = false;   // was not welcomed in time
    bool ended = false;  // given up from our side
  };

  Task<Result<void>> converse(Live& live);
  Task<Result<void>> connect(Live& live);
  Task<Result<void>> secure(Live& live, tls::Context context);
  static void end(Live& live);
  Result<void> take_frames(Live& live, std::string& received);
  Task<> leave(wire::GoodbyeReason reason, std::chrono::milliseconds patience);
  [[nodiscard]] bool send(Live& live, const std::string& bytes);
  [[nodiscard]] bool pump(Live& live);

  net::io_context& context_;
  Endpoint collector_;
  Identity identity_;
  Spool& spool_;
  const Clock& clock_;
  DrainPace pace_;
  Security security_;
  Backoff backoff_;
  net::steady_timer pause_;
  net::steady_timer deadline_;
  net::steady_timer next_pump_;
  Live* live_ = nullptr;
  bool away_ = false;
  bool stopping_ = false;
  bool running_ = false;
  std::uint64_t sent_bytes_ = 0;
  std::string last_problem_;  // logged once, not at each try
};

}  // namespace sobriety::agent
