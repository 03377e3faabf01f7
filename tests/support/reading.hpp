// One reading of a source, for tests.
#pragma once

#include "agent/source/source.hpp"

#include <map>
#include <string>
#include <vector>

namespace sobriety::test {

struct Reading {
  agent::ReadOutcome outcome;
  std::vector<Cell> cells;
  std::map<std::string, Cell> by_name;  // by instance
};

inline Reading read_at(agent::Source& source, Elapsed boottime) {
  Reading reading;
  reading.cells.assign(source.series().size(), no_value);
  reading.outcome = source.read({boottime, {}, {}}, reading.cells);
  for (std::size_t i = 0; i < reading.cells.size(); ++i)
    reading.by_name[source.series()[i].instance] = reading.cells[i];
  return reading;
}

inline std::vector<std::string> instances(const agent::Source& source) {
  std::vector<std::string> names;
  for (const Series& series : source.series()) names.push_back(series.instance);
  return names;
}

}  // namespace sobriety::test
