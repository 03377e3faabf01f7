#include "proto/runtime/service_manager.hpp"

#include "proto/base/text.hpp"

#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace sobriety {

namespace {

// A path, or a name in the abstract space; zero where it is neither or too long.
socklen_t fill(sockaddr_un& address, std::string_view name) {
  if (name.size() < 2 || name.size() >= sizeof address.sun_path) return 0;
  if (name[0] != '/' && name[0] != '@') return 0;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
}

std::chrono::microseconds watchdog_of(const ServiceManager::Environment& environment) {
  if (environment.watchdog_usec == nullptr) return {};
  if (environment.watchdog_pid != nullptr &&
      parse_number<pid_t>(environment.watchdog_pid) != ::getpid())
    return {};
  const auto time = parse_number<std::int64_t>(environment.watchdog_usec);
  return std::chrono::microseconds{time && *time > 0 ? *time : 0};
}

std::string monotonic_usec() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000);
}

}  // namespace

ServiceManager::Environment ServiceManager::environment() {
  return {std::getenv("NOTIFY_SOCKET"), std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID")};
}

ServiceManager::ServiceManager(const Environment& environment) {
  if (environment.socket == nullptr) return;
  address_size_ = fill(address_, environment.socket);
  if (address_size_ == 0) return;
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ >= 0) watchdog_ = watchdog_of(environment);
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceManager::ready() { say("READY=1"); }

// A manager that waits for the end of a reload wants to know which READY=1 is that of it.
void ServiceManager::reloading() { say("RELOADING=1\nMONOTONIC_USEC=" + monotonic_usec()); }

void ServiceManager::stopping() { say("STOPPING=1"); }

void ServiceManager::alive(std::chrono::steady_clock::time_point now) {
  if (watchdog_.count() == 0 || now - told_ < watchdog_ / 4) return;
  told_ = now;
  say("WATCHDOG=1");
}

// A manager that does not listen is its own trouble: there is nobody else to tell.
void ServiceManager::say(std::string_view state) {
  if (socket_ < 0) return;
  static_cast<void>(::sendto(socket_, state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address_), address_size_));
}

}  // namespace sobriety
