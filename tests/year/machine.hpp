// A machine that lives a plan: its counters, minute by minute, and the batches that its agent makes
// of them. Pure.
#pragma once

#include "proto/model/batch.hpp"
#include "proto/model/inventory.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sobriety::year {

using Seconds = std::int64_t;  // since 1970

// As tests/year/plan.py writes it.
struct Segment {
  Seconds begin = 0;
  Seconds end = 0;
  std::string what;  // on, sleep, off, crash, dead
  bool busy = false;
  std::int64_t load = 0;        // of the processors, in 1/1000
  std::int64_t milliwatts = 0;  // by the machine's meter
};

struct Plan {
  std::string name;
  std::string chassis;
  std::string meter;  // machine, rapl or none
  // More of it, where the plan says so.
  std::int64_t sessions = 1;     // at a personal machine
  std::int64_t inhibitors = -1;  // of sleep; -1: its agent does not look
  std::int64_t dropping = 0;     // samples a minute, says its agent
  std::chrono::milliseconds report_interval{30'000};
  std::vector<Segment> segments;
};

inline constexpr std::int64_t processors = 4;

class Machine {
 public:
  explicit Machine(const Plan& plan);

  void boot(Seconds at);
  // Runs on, asleep, or with nobody to read its meter, up to `until`.
  void run(const Segment& segment, Seconds until);
  void sleep(Seconds until);
  void run_unread(const Segment& segment, Seconds until);
  // The agent's first sample of the machine's life: its energy counters begin here.
  void begin_counting() { microjoules_ = 0; }

  [[nodiscard]] Inventory inventory() const;
  // Appends what the agent reads now.
  void sample(Batch& batch) const;

  [[nodiscard]] Seconds now() const { return now_; }
  [[nodiscard]] bool running() const { return running_; }
  void halt() { running_ = false; }

 private:
  void work(const Segment& segment, Seconds until);

  const Plan& plan_;
  std::uint64_t boots_ = 0;
  bool running_ = false;
  Seconds now_ = 0;
  Seconds booted_ = 0;
  Seconds asleep_ = 0;
  bool idle_ = true;           // the sessions
  std::int64_t user_ = 0;      // hundredths of a second
  std::int64_t cpu_idle_ = 0;  // the same
  std::int64_t received_ = 0;
  std::int64_t sent_ = 0;
  std::int64_t written_ = 0;
  std::int64_t microjoules_ = 0;
};

}  // namespace sobriety::year
