// A machine and its agent, over a plan: what the agent sends to a collector, and when it comes and
// goes.
#pragma once

#include "proto/wire/batch_codec.hpp"
#include "tests/year/connection.hpp"
#include "tests/year/machine.hpp"

#include <memory>

namespace sobriety::year {

class Life {
 public:
  Life(const Plan& plan, std::uint16_t port) : plan_(plan), port_(port), machine_(plan) {}

  // All of it, and good-bye.
  void live();

  // Several lives together: each lives until a time and settles, then what begins at that time
  // begins. So nobody connects while the collector, whose time is that of the newest sample, has
  // been led beyond it.
  void live_until(Seconds time);
  void settle();  // what was sent is acknowledged
  void turn(Seconds time);

  [[nodiscard]] std::uint64_t samples() const { return samples_; }

 private:
  [[nodiscard]] bool over() const { return current_ == plan_.segments.size(); }
  void begin();
  void run(Seconds until);
  void end();
  void take();
  void cut();
  void arrive();
  void say_goodbye();
  void leave();

  const Plan& plan_;
  std::uint16_t port_;
  Machine machine_;
  std::size_t current_ = 0;  // segment
  bool begun_ = false;
  std::unique_ptr<Connection> connection_;
  wire::BatchCodec codec_;
  wire::ColumnPlan columns_;
  std::uint64_t hash_ = 0;
  std::uint64_t seq_ = 0;
  std::uint64_t samples_ = 0;
  Batch batch_;
};

}  // namespace sobriety::year
