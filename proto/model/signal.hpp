// What an agent can observe: one row a signal, with its unit and its behaviour. Ids are the wire's:
// never reused, never renumbered.
#pragma once

#include "proto/model/metric.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sobriety {

// How often a signal is worth its bytes: with each sample, or once a batch (its newest value).
enum class Pace : std::uint8_t { sample, batch };

// Ids from this one on are sent once a batch: a collector knows the pace of a signal that it has
// never heard of, and can skip it.
inline constexpr std::uint16_t first_batch_signal = 128;

enum class SignalId : std::uint16_t {
  cpu_time = 1,          // centiseconds since boot, instance = mode
  component_energy = 2,  // microjoules since the stream began, instance = component
  network_bytes = 3,     // bytes since boot, instance = receive | transmit
  disk_bytes = 4,        // bytes since boot, instance = read | write

  temperature = 128,       // millidegrees Celsius, instance = sensor
  source_status = 129,     // SourceStatus, instance = source
  source_reads = 130,      // instance = source
  source_failures = 131,   // instance = source
  source_duration = 132,   // microseconds, instance = source
  discontinuities = 133,   // instance = source
  agent_cpu = 134,         // microseconds
  agent_resident = 135,    // bytes
  agent_sent = 136,        // bytes
  spool_bytes = 137,       // bytes
  spool_dropped = 138,     // samples
  spool_failures = 139,    // writes and syncs
  ac_online = 140,         // 1 on the mains, 0 on batteries
  gpu_busy = 141,          // percent of the time since the last reading, instance = component
  sessions = 142,          // instance = local | remote
  sessions_idle = 143,     // 1 where every session says that it is idle
  sleep_inhibitors = 144,  // programs that forbid the machine to sleep
};

[[nodiscard]] constexpr Pace pace_of(SignalId id) {
  return static_cast<std::uint16_t>(id) < first_batch_signal ? Pace::sample : Pace::batch;
}

struct Signal {
  SignalId id;
  MetricId metric;  // the family that shows it; its kind and decimals are the signal's
};

[[nodiscard]] std::span<const Signal> signals();
// Nothing for an id that this build does not know (a newer agent's): such a series is carried, not
// shown.
[[nodiscard]] const Signal* find_signal(std::uint32_t id);
[[nodiscard]] const Signal& signal(SignalId id);

// State of a source; the values are the wire's.
enum class SourceStatus : std::uint8_t { found = 0, absent = 1, denied = 2, broken = 3 };
[[nodiscard]] std::string_view to_string(SourceStatus status);
inline constexpr std::uint8_t source_status_count = 4;

}  // namespace sobriety
