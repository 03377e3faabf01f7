// What systemd-logind announces of the machine's power: that it is about to shut down or to sleep,
// and that it woke up. While it listens, logind waits (for a delay inhibitor of each kind, where it
// grants one) until the news is dealt with.
#pragma once

#include "proto/base/result.hpp"
#include "proto/runtime/asio.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>

struct sd_bus;
struct sd_bus_message;

namespace sobriety::agent {

enum class PowerNews { shutting_down, falling_asleep, going_on };

class PowerWatch {
 public:
  // Who is told; the machine waits at most for as long as logind grants until go_ahead().
  using Told = std::function<void(PowerNews)>;

  PowerWatch(net::io_context& context, Told told);
  PowerWatch(const PowerWatch&) = delete;
  PowerWatch& operator=(const PowerWatch&) = delete;
  ~PowerWatch();

  // Listens on the system bus; without one, or without logind, nothing is ever told.
  void start();
  void stop();

  // What was announced is dealt with: the machine need not wait for us any longer.
  void go_ahead();

  // Whether the machine is shutting down: as announced, or as the service manager says, which is
  // given half a second.
  [[nodiscard]] bool shutting_down();

 private:
  enum Kind : std::size_t { shutdown, sleep };
  struct Announcement {
    PowerWatch* watch;
    Kind kind;
    int inhibitor = -1;  // held while it is not -1
  };
  struct CloseBus {
    void operator()(sd_bus* bus) const;
  };

  Result<void> connect();
  void listen(Announcement& of);
  void inhibit(Announcement& what);
  static void release(Announcement& what);
  static int announced(sd_bus_message* message, void* what, void* error);
  static int granted(sd_bus_message* message, void* what, void* error);
  // Handles what has come, and waits for more.
  void turn();
  void wait_for(net::posix::stream_descriptor::wait_type what, bool& waiting);
  void lost(int code);

  Told told_;
  std::unique_ptr<sd_bus, CloseBus> bus_;
  net::posix::stream_descriptor readiness_;  // the bus's descriptor, which is the bus's to close
  net::steady_timer deadline_;
  std::array<Announcement, 2> announcements_;
  bool reading_ = false;
  bool writing_ = false;
  bool told_of_denial_ = false;
  bool shutting_down_ = false;
};

}  // namespace sobriety::agent
