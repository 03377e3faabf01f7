#include "tests/support/player/clock.hpp"

#include "proto/base/text.hpp"
#include "proto/runtime/values.hpp"

namespace sobriety::player {

bool PlayerClock::command(std::string_view text, Elapsed monotonic) {
  std::string_view rest = trimmed(text);
  const std::string_view word = next_word(rest);
  const auto duration = parse_duration(trimmed(rest));
  const bool bare = word == "real" || word == "stop";
  const bool timed = word == "advance" || word == "step";
  if (!(bare && trimmed(rest).empty()) && !(timed && duration)) return false;

  told_ = now(monotonic);
  started_ = monotonic;
  running_ = word == "real";
  step_ = word == "step" ? Elapsed{*duration} : Elapsed::zero();
  looked_ = false;
  if (word == "advance") told_ += *duration;
  return true;
}

Elapsed PlayerClock::now(Elapsed monotonic) const {
  return running_ ? told_ + (monotonic - started_) : told_;
}

Elapsed PlayerClock::look(Elapsed monotonic) {
  if (looked_) told_ += step_;
  looked_ = true;
  return now(monotonic);
}

}  // namespace sobriety::player
