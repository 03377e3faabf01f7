// Tells the service manager how this program does: one datagram each to the socket that it named
// (sd_notify(3) has the protocol). The socket is opened once and nothing is allocated afterwards.
// Without a manager nothing is sent.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <string_view>

namespace sobriety {

class ServiceManager {
 public:
  // What the manager put into the environment; each may be null.
  struct Environment {
    const char* socket = nullptr;  // NOTIFY_SOCKET: a path, or @ and a name without one
    const char* watchdog_usec =
        nullptr;                         // WATCHDOG_USEC: silence after which the program is killed
    const char* watchdog_pid = nullptr;  // WATCHDOG_PID: whose silence
  };
  [[nodiscard]] static Environment environment();

  explicit ServiceManager(const Environment& environment);
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  void ready();
  // The configuration is read again; ready() ends it.
  void reloading();
  void stopping();

  // The work goes on. Told to the manager at most once in a quarter of the time it waits, so that a
  // loop may say it at each turn.
  void alive(std::chrono::steady_clock::time_point now);

  // The silence that the manager bears; zero where it does not watch.
  [[nodiscard]] std::chrono::microseconds watchdog() const { return watchdog_; }

 private:
  void say(std::string_view state);

  int socket_ = -1;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::chrono::microseconds watchdog_{0};
  std::chrono::steady_clock::time_point told_{};
};

}  // namespace sobriety
