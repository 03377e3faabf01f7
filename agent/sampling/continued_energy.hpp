// Energy counters that go on where the run before left them, although every source begins at zero.
#pragma once

#include "agent/component_totals.hpp"
#include "proto/model/inventory.hpp"

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sobriety::agent {

class ContinuedEnergy {
 public:
  // Components go on from these totals, also those that appear later. What was used while no agent
  // ran is not known: the first row has no value of them, so that nobody takes the time between
  // for measured.
  void continue_from(const ComponentTotals& totals) {
    for (const auto& [component, total] : totals) counters_[component] = {total, 0, true};
  }

  // All components stand at zero now.
  void restart() {
    for (auto& [component, counter] : counters_) counter = {-counter.seen, counter.seen, false};
  }

  // The columns are these from now on.
  void lay_out(std::span<const Series> series) {
    columns_.clear();
    for (std::size_t cell = 0; cell < series.size(); ++cell)
      if (series[cell].signal == SignalId::component_energy)
        columns_.push_back({cell, &counters_[series[cell].instance]});
  }

  // Turns what the sources count into what the stream counts. Allocates nothing.
  void apply(std::span<Cell> row) {
    for (const Column& column : columns_) {
      Cell& cell = row[column.cell];
      if (cell < 0) continue;
      Counter& counter = *column.counter;
      counter.seen = cell;
      const bool unmeasured = first_ && counter.carried;
      cell = unmeasured ? no_value : sum(cell, counter.offset).value_or(no_value);
    }
    first_ = false;
  }

  [[nodiscard]] ComponentTotals totals() const {
    ComponentTotals totals;
    for (const auto& [component, counter] : counters_)
      totals[component] = sum(counter.seen, counter.offset).value_or(counter.offset);
    return totals;
  }

 private:
  struct Counter {
    Cell offset = 0;
    Cell seen = 0;  // what the source counted last
    bool carried = false;
  };
  struct Column {
    std::size_t cell;
    Counter* counter;
  };

  // Nothing where a cell does not hold it.
  static std::optional<Cell> sum(Cell seen, Cell offset) {
    if (offset > 0 && seen > std::numeric_limits<Cell>::max() - offset) return std::nullopt;
    return seen + offset;
  }

  std::map<std::string, Counter, std::less<>> counters_;
  std::vector<Column> columns_;
  bool first_ = true;
};

}  // namespace sobriety::agent
