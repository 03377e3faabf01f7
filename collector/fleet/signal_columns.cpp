#include "collector/fleet/signal_columns.hpp"

namespace sobriety::collector {

namespace {

// 300,000 years of CPU time.
constexpr Cell most_cpu_time = 1'000'000'000'000'000;

Cell sum_of(std::span<const Cell> cells, const std::vector<std::size_t>& columns) {
  Cell sum = 0;
  for (const std::size_t column : columns) {
    if (cells[column] < 0 || cells[column] > most_cpu_time) return no_value;
    sum += cells[column];
  }
  return sum;
}

}  // namespace

Cell SignalColumns::cpu_sum(std::span<const Cell> cells) const {
  return cpu.empty() ? no_value : sum_of(cells, cpu);
}

Cell SignalColumns::rest_sum(std::span<const Cell> cells) const { return sum_of(cells, cpu_rest); }

SignalColumns::SignalColumns(const std::vector<Series>& series) {
  for (std::size_t column = 0; column < series.size(); ++column) {
    const std::string& name = series[column].instance;
    switch (series[column].signal) {
      case SignalId::cpu_time:
        if (name == "guest" || name == "guest_nice") break;
        cpu.push_back(column);
        if (name == "idle" || name == "iowait" || name == "steal") cpu_rest.push_back(column);
        break;
      case SignalId::network_bytes:
        (name == "receive" ? received : sent) = column;
        break;
      case SignalId::disk_bytes:
        (name == "read" ? read : written) = column;
        break;
      case SignalId::gpu_busy:
        gpus.push_back(column);
        break;
      case SignalId::sessions:
        (name == "remote" ? remote_sessions : local_sessions) = column;
        break;
      case SignalId::sessions_idle:
        sessions_idle = column;
        break;
      case SignalId::sleep_inhibitors:
        inhibitors = column;
        break;
      case SignalId::agent_sent:
        agent_sent = column;
        break;
      default:
        break;
    }
  }
}

}  // namespace sobriety::collector
