#include "agent/power/power_watch.hpp"

#include "proto/runtime/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace sobriety::agent {

namespace {
using namespace std::chrono_literals;

constexpr const char* login = "org.freedesktop.login1";
constexpr const char* login_object = "/org/freedesktop/login1";
constexpr const char* login_manager = "org.freedesktop.login1.Manager";

constexpr std::array<const char*, 2> kinds{"shutdown", "sleep"};  // by PowerWatch::Kind
constexpr std::array<const char*, 2> signals{"PrepareForShutdown", "PrepareForSleep"};

constexpr std::chrono::microseconds longest_answer = 500ms;
constexpr std::chrono::minutes next_try{5};

}  // namespace

void PowerWatch::CloseBus::operator()(sd_bus* bus) const { ::sd_bus_flush_close_unref(bus); }

PowerWatch::PowerWatch(net::io_context& context, Told told)
    : told_(std::move(told)),
      readiness_(context),
      deadline_(context),
      announcements_{Announcement{this, shutdown}, Announcement{this, sleep}} {}

PowerWatch::~PowerWatch() { stop(); }

void PowerWatch::start() {
  if (const auto connected = connect(); !connected) {
    spdlog::info("no news of shutdown and sleep: {}", connected.error().message);
    return;
  }
  turn();
}

void PowerWatch::stop() {
  deadline_.cancel();
  if (readiness_.is_open()) {
    readiness_.cancel();
    readiness_.release();
  }
  go_ahead();
  bus_.reset();
}

Result<void> PowerWatch::connect() {
  sd_bus* bus = nullptr;
  if (const int code = ::sd_bus_open_system(&bus); code < 0)
    return Error{Errc::absent, system_error(-code, "no system bus").message};
  bus_.reset(bus);
  const int descriptor = ::sd_bus_get_fd(bus);
  if (descriptor < 0) return system_error(-descriptor, "the system bus");
  readiness_.assign(descriptor);
  for (Announcement& each : announcements_) {
    listen(each);
    inhibit(each);
  }
  return success();
}

void PowerWatch::listen(Announcement& of) {
  const auto handler = [](sd_bus_message* message, void* what, sd_bus_error* error) {
    return announced(message, what, error);
  };
  ::sd_bus_match_signal_async(bus_.get(), nullptr, login, login_object, login_manager,
                              signals[of.kind], handler, nullptr, &of);
}

int PowerWatch::announced(sd_bus_message* message, void* what, void* /*error*/) {
  auto& of = *static_cast<Announcement*>(what);
  int begins = 0;
  if (::sd_bus_message_read(message, "b", &begins) < 0) return 0;
  PowerWatch& watch = *of.watch;
  if (of.kind == shutdown) watch.shutting_down_ = begins != 0;
  if (begins == 0) {
    if (of.inhibitor < 0) watch.inhibit(of);  // for the next time
    watch.told_(PowerNews::going_on);
  } else {
    watch.told_(of.kind == shutdown ? PowerNews::shutting_down : PowerNews::falling_asleep);
  }
  return 0;
}

// One of each kind: polkit lets everybody delay a shutdown or a sleep, and not both with one
// question.
void PowerWatch::inhibit(Announcement& what) {
  const auto handler = [](sd_bus_message* message, void* of, sd_bus_error* error) {
    return granted(message, of, error);
  };
  ::sd_bus_call_method_async(bus_.get(), nullptr, login, login_object, login_manager, "Inhibit",
                             handler, &what, "ssss", kinds[what.kind], "sobriety-agent",
                             "Says goodbye to the collector", "delay");
}

int PowerWatch::granted(sd_bus_message* message, void* what, void* /*error*/) {
  auto& of = *static_cast<Announcement*>(what);
  if (const sd_bus_error* refusal = ::sd_bus_message_get_error(message); refusal != nullptr) {
    if (!std::exchange(of.watch->told_of_denial_, true))
      spdlog::info(
          "logind does not wait for this agent ({}), so that a goodbye before sleep may come too "
          "late; with polkitd installed, it does",
          refusal->message != nullptr ? refusal->message : refusal->name);
    return 0;
  }
  int lock = -1;
  if (::sd_bus_message_read(message, "h", &lock) < 0) return 0;
  release(of);
  of.inhibitor = ::fcntl(lock, F_DUPFD_CLOEXEC, 3);  // the message's own is closed with it
  return 0;
}

void PowerWatch::release(Announcement& what) {
  if (what.inhibitor >= 0) ::close(std::exchange(what.inhibitor, -1));
}

void PowerWatch::go_ahead() {
  for (Announcement& each : announcements_) release(each);
}

void PowerWatch::turn() {
  if (!bus_) return;
  int more = 1;
  while (more > 0) more = ::sd_bus_process(bus_.get(), nullptr);
  if (more < 0) return lost(-more);
  const int events = ::sd_bus_get_events(bus_.get());
  if (events < 0) return lost(-events);
  if ((events & POLLIN) != 0) wait_for(net::posix::stream_descriptor::wait_read, reading_);
  if ((events & POLLOUT) != 0) wait_for(net::posix::stream_descriptor::wait_write, writing_);
  std::uint64_t until = UINT64_MAX;  // microseconds of CLOCK_MONOTONIC
  if (::sd_bus_get_timeout(bus_.get(), &until) < 0 || until == UINT64_MAX) {
    deadline_.cancel();
    return;
  }
  deadline_.expires_at(std::chrono::steady_clock::time_point{std::chrono::microseconds{until}});
  deadline_.async_wait([this](error_code stopped) {
    if (!stopped) turn();
  });
}

void PowerWatch::wait_for(net::posix::stream_descriptor::wait_type what, bool& waiting) {
  if (std::exchange(waiting, true)) return;
  readiness_.async_wait(what, [this, &waiting](error_code stopped) {
    waiting = false;
    if (!stopped) turn();
  });
}

// A bus that went away is looked for again now and then.
void PowerWatch::lost(int code) {
  spdlog::info("no news of shutdown and sleep until the system bus is back: {}",
               system_error(code, "the bus is lost").message);
  stop();
  deadline_.expires_after(next_try);
  deadline_.async_wait([this](error_code stopped) {
    if (!stopped) start();
  });
}

bool PowerWatch::shutting_down() {
  if (!bus_ || shutting_down_) return shutting_down_;
  // A shutdown that did not go by logind is known to the service manager alone; and its answer
  // comes behind all that the bus had for us.
  ::sd_bus_set_method_call_timeout(bus_.get(), longest_answer.count());
  char* state = nullptr;
  if (::sd_bus_get_property_string(bus_.get(), "org.freedesktop.systemd1",
                                   "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                                   "SystemState", nullptr, &state) >= 0)
    shutting_down_ = std::string_view{state} == "stopping";
  std::free(state);
  while (!shutting_down_ && ::sd_bus_process(bus_.get(), nullptr) > 0) {
  }
  return shutting_down_;
}

}  // namespace sobriety::agent
