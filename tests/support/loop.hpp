// Runs an event loop until something is so, within a time.
#pragma once

#include "proto/runtime/asio.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace sobriety::test {

inline constexpr std::chrono::seconds patience{20};  // a slow machine under a sanitizer

// Runs `loop` on this thread until `done()`; false where it is not within the time.
template <class Done>
[[nodiscard]] bool run_until(net::io_context& loop, Done done,
                             std::chrono::milliseconds most = patience) {
  const auto end = std::chrono::steady_clock::now() + most;
  const auto busy = net::make_work_guard(loop);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop.restart();
    loop.run_one_for(std::chrono::milliseconds{2});
  }
  return true;
}

// Runs `loop` for a while.
inline void run_for(net::io_context& loop, std::chrono::milliseconds time) {
  static_cast<void>(run_until(
      loop, [] { return false; }, time));
}

// Runs all that is ready to run: what was sent through loopback before is received.
inline void run_ready(net::io_context& loop) {
  do loop.restart();
  while (loop.poll() > 0);
}

// Runs `loop` until `task` has ended; throws what the task throws, and where it does not end in
// time.
inline void run_task(net::io_context& loop, Task<> task) {
  bool done = false;
  std::exception_ptr failure;
  net::co_spawn(loop, std::move(task), [&](std::exception_ptr problem) {
    failure = problem;
    done = true;
  });
  if (!run_until(loop, [&] { return done; })) throw std::runtime_error{"the task does not end"};
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sobriety::test
