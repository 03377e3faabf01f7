#include "agent/source/sessions.hpp"

#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace sobriety::agent {

namespace {
using namespace std::chrono_literals;

constexpr std::chrono::microseconds longest_answer = 1s;
constexpr const char* service = "org.freedesktop.login1";
constexpr const char* object = "/org/freedesktop/login1";
constexpr const char* manager = "org.freedesktop.login1.Manager";

struct Free {
  void operator()(char* text) const { std::free(text); }
  void operator()(sd_bus* bus) const { ::sd_bus_flush_close_unref(bus); }
  void operator()(sd_bus_message* message) const { ::sd_bus_message_unref(message); }
};
using Text = std::unique_ptr<char, Free>;

// An error of the bus, which names its own.
class BusError {
 public:
  BusError() = default;
  ~BusError() { ::sd_bus_error_free(&error_); }
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;

  [[nodiscard]] sd_bus_error* get() { return &error_; }
  [[nodiscard]] Error as_error(int code) const {
    if (::sd_bus_error_has_name(&error_, SD_BUS_ERROR_SERVICE_UNKNOWN) != 0 ||
        ::sd_bus_error_has_name(&error_, SD_BUS_ERROR_NAME_HAS_NO_OWNER) != 0)
      return {Errc::absent, "no logind on the system bus"};
    return system_error(-code, "asking logind");
  }

 private:
  sd_bus_error error_{};  // as SD_BUS_ERROR_NULL, which only C can write
};

// A greeter's, a lock screen's or a manager's session is nobody's; one that closes is left.
bool is_of_a_user(const char* session) {
  char* text = nullptr;
  if (::sd_session_get_class(session, &text) < 0) return false;
  const Text kind{text};
  if (!std::string_view{kind.get()}.starts_with("user")) return false;
  if (::sd_session_get_state(session, &text) < 0) return false;
  const Text state{text};
  return std::string_view{state.get()} != "closing";
}

Result<void> count_sessions(LoginState& state) {
  char** sessions = nullptr;
  const int count = ::sd_get_sessions(&sessions);
  if (count < 0) return system_error(-count, "listing the sessions");
  for (int i = 0; i < count; ++i) {
    const Text session{sessions[i]};
    if (is_of_a_user(session.get()))
      ++(::sd_session_is_remote(session.get()) > 0 ? state.remote : state.local);
  }
  std::free(sessions);
  return success();
}

class LoginBus {
 public:
  Result<LoginState> ask() {
    auto state = try_to_ask();
    if (!state) bus_.reset();  // a bus that was restarted is connected to anew
    return state;
  }

 private:
  Result<LoginState> try_to_ask() {
    if (!bus_) {
      sd_bus* bus = nullptr;
      if (const int code = ::sd_bus_open_system(&bus); code < 0)
        return Error{code == -ENOENT || code == -ECONNREFUSED ? Errc::absent : Errc::broken,
                     system_error(-code, "no system bus").message};
      bus_.reset(bus);
      ::sd_bus_set_method_call_timeout(bus, longest_answer.count());
    }
    LoginState state;
    BOOST_OUTCOME_TRYV(read_idle_hint(state));
    BOOST_OUTCOME_TRYV(count_inhibitors(state));
    BOOST_OUTCOME_TRYV(count_sessions(state));
    return state;
  }

  Result<void> read_idle_hint(LoginState& state) {
    BusError error;
    int idle = 0;
    const int code = ::sd_bus_get_property_trivial(bus_.get(), service, object, manager, "IdleHint",
                                                   error.get(), 'b', &idle);
    if (code < 0) return error.as_error(code);
    state.idle = idle != 0;
    return success();
  }

  Result<void> count_inhibitors(LoginState& state) {
    BusError error;
    sd_bus_message* answer = nullptr;
    int code = ::sd_bus_call_method(bus_.get(), service, object, manager, "ListInhibitors",
                                    error.get(), &answer, "");
    if (code < 0) return error.as_error(code);
    const std::unique_ptr<sd_bus_message, Free> message{answer};
    code = ::sd_bus_message_enter_container(answer, 'a', "(ssssuu)");
    while (code >= 0) {
      // What for, who and why (which are not looked at), how; a user and a process.
      const char* what = nullptr;
      const char* mode = nullptr;
      code = ::sd_bus_message_read(answer, "(ssssuu)", &what, nullptr, nullptr, &mode, nullptr,
                                   nullptr);
      if (code == 0) return success();
      if (code > 0 && std::string_view{mode} == "block" &&
          std::string_view{what}.find("sleep") != std::string_view::npos)
        ++state.inhibitors;
    }
    return system_error(-code, "reading logind's list of inhibitors");
  }

  std::unique_ptr<sd_bus, Free> bus_;
};
}  // namespace

AskLogin make_login_bus() {
  return [bus = std::make_shared<LoginBus>()] { return bus->ask(); };
}

}  // namespace sobriety::agent
