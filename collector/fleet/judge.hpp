// The judge of one host: what its samples say about its state, and what is remembered of them.
//
// A sample closes the time since the one before. That time has the state that was known before the
// sample; what the sample itself tells changes the state from there on. Pure.
#pragma once

#include "collector/fleet/idle.hpp"
#include "collector/fleet/signal_columns.hpp"
#include "collector/fleet/timeline.hpp"
#include "collector/fleet/verdict.hpp"
#include "collector/policy/host_policy.hpp"
#include "proto/model/batch.hpp"

#include <optional>
#include <span>

namespace sobriety::collector {

// Samples further apart than this do not say what lay between them: that time is on, not judged.
inline constexpr std::chrono::minutes longest_judged{10};

// Why an agent left, as far as that says what its machine did next.
enum class Farewell : std::uint8_t { none, stop, shutdown, suspend };

// Counters at the beginning of the bucket that is being filled; no_value: none, or not known.
struct Bucket {
  Elapsed begin = std::chrono::milliseconds{-1};  // since boot; negative: there is none
  Cell cpu = no_value;
  Cell cpu_rest = no_value;
  Cell received = no_value;
  Cell sent = no_value;
  Cell disk = no_value;
  Cell agent_sent = no_value;

  bool operator==(const Bucket&) const = default;
};

// The newest values of what agents tell once a batch.
struct People {
  Cell local = no_value;
  Cell remote = no_value;
  Cell idle = no_value;
  Cell inhibitors = no_value;
  Cell gpu = no_value;  // busiest, in percent
  Cell agent_sent = no_value;
  Elapsed busy_at{};  // since boot: when sessions were last not idle

  bool operator==(const People&) const = default;
};

// All that goes on after a restart of the collector, kept with the host's account.
struct JudgeMemory {
  IdleMemory idle;
  WallTime since{};                    // of the state
  WallTime first_seen{};               // 0: never
  Farewell farewell = Farewell::none;  // behind the newest sample
  Signs signs;                         // that the newest bucket had
  Bucket bucket;
  People people;
  QuietDay today;
  std::int32_t known_ms = 0;  // of today, less than a minute, beyond today.known
  StandingVerdict standing;

  bool operator==(const JudgeMemory&) const = default;
};

// What the judge is told of the host beside the sample.
struct Bench {
  const SignalColumns& columns;
  const policy::HostPolicy& policy;
  unsigned processors;
};

// The state of the time awake that a passage closes.
[[nodiscard]] PowerState state_of(const JudgeMemory& memory, const Bench& bench,
                                  const Passage& passage);
// The state of the time between two boots: only what a farewell told.
[[nodiscard]] PowerState state_between(const JudgeMemory& memory);

// Another boot: nothing that was counted goes on.
void begin_boot(JudgeMemory& memory, WallTime at);

// Takes a sample, whose passage was accounted.
void take_sample(JudgeMemory& memory, const Bench& bench, std::span<const Cell> cells,
                 const Instant& sample, const Passage& passage);

// `time` of `day` (not before memory.today.day) went by, lost or not. The days that ended by it go
// to the back of `ended`.
void take_time(JudgeMemory& memory, std::int32_t day, std::chrono::milliseconds time, bool lost,
               std::vector<QuietDay>& ended);

}  // namespace sobriety::collector
