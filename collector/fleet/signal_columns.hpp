// Where in a batch the signals are that say whether a host is busy.
#pragma once

#include "proto/model/batch.hpp"
#include "proto/model/inventory.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace sobriety::collector {

inline constexpr std::size_t no_column = static_cast<std::size_t>(-1);

struct SignalColumns {
  std::vector<std::size_t> cpu;       // all modes that count: guest is in user already
  std::vector<std::size_t> cpu_rest;  // of these, idle, iowait and steal
  std::vector<std::size_t> gpus;
  std::size_t received = no_column;
  std::size_t sent = no_column;
  std::size_t read = no_column;
  std::size_t written = no_column;
  std::size_t local_sessions = no_column;
  std::size_t remote_sessions = no_column;
  std::size_t sessions_idle = no_column;
  std::size_t inhibitors = no_column;
  std::size_t agent_sent = no_column;

  SignalColumns() = default;
  explicit SignalColumns(const std::vector<Series>& series);

  // CPU time of a sample in hundredths of a second: of all processors, and what of it was not busy.
  // no_value where a mode has none, or one that only a broken agent sends.
  [[nodiscard]] Cell cpu_sum(std::span<const Cell> cells) const;
  [[nodiscard]] Cell rest_sum(std::span<const Cell> cells) const;
};

}  // namespace sobriety::collector
