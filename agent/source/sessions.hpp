// Who uses the machine, as numbers only: sessions by kind, whether all are idle, and how many
// programs forbid it to sleep, from systemd-logind. No user, seat or program name is kept.
#pragma once

#include "agent/source/source.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace sobriety::agent {

struct LoginState {
  std::uint32_t local = 0;       // sessions of users at the machine
  std::uint32_t remote = 0;      // over the network
  bool idle = false;             // logind's IdleHint: every session says so
  std::uint32_t inhibitors = 0;  // of sleep, in mode block

  bool operator==(const LoginState&) const = default;
};

// Asks logind; may block for as long as the bus takes.
using AskLogin = std::function<Result<LoginState>()>;

// A connection of its own to the system bus, opened with the first question and used from one
// thread at a time. Absent where there is no bus or no logind.
[[nodiscard]] AskLogin make_login_bus();

[[nodiscard]] Discovery discover_sessions(const Roots& roots, const SourceOptions& options);
// The same over any logind. `make` is called for each thread that asks.
[[nodiscard]] Discovery discover_sessions(const std::function<AskLogin()>& make,
                                          std::chrono::milliseconds period,
                                          std::shared_ptr<const Clock> clock);

}  // namespace sobriety::agent
