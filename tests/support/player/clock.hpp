// The time of a played machine: it runs with the real one, stands still, or makes a step whenever
// somebody has asked for it, so that hours can be played to a reader that samples once a second.
#pragma once

#include "proto/base/units.hpp"

#include <string>
#include <string_view>

namespace sobriety::player {

class PlayerClock {
 public:
  // All times but `monotonic` count from the player's start. The clock stands at 0.
  PlayerClock() = default;

  // `real`, `stop`, `advance 5s` (then it stands), `step 30s` (before each look but the
  // first). False for anything else, which changes nothing.
  bool command(std::string_view text, Elapsed monotonic);

  [[nodiscard]] Elapsed now(Elapsed monotonic) const;
  // The time for a reader of the time. A stepping clock makes its step before each look but the
  // first, so that whatever is read until the next look is of the time that was told.
  [[nodiscard]] Elapsed look(Elapsed monotonic);

 private:
  Elapsed told_{};
  Elapsed step_{};
  bool running_ = false;
  bool looked_ = false;
  Elapsed started_{};  // monotonic time at which told_ was the time, if running
};

}  // namespace sobriety::player
