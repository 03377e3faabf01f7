// What one way of reading RAPL (powercap or perf) found on this machine: which counters, and how
// they are read. The source over either of them is the same.
#pragma once

#include "agent/source/rapl_zone.hpp"
#include "agent/source/source.hpp"
#include "proto/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::agent {

struct RaplCounter {
  RaplZone zone;
  std::string place;  // where it is read: the zone's directory, or the event and its processor
};

class RaplReader {
 public:
  virtual ~RaplReader() = default;

  // Reads what is read for several counters at once; to be called before value().
  virtual void refresh() {}
  // Microjoules that the counter shows; an error says where.
  [[nodiscard]] virtual Result<std::uint64_t> value(std::size_t counter) = 0;
};

struct RaplBackend {
  std::string_view name;  // `powercap`, `perf`
  SourceStatus status = SourceStatus::absent;
  std::string summary;                   // why there is none; "" if found
  std::string fix;                       // of what was denied, whole or in part
  std::vector<std::string> notes;        // what was left out, and why
  std::vector<RaplCounter> counters;     // in the order of their names, one a component
  std::unique_ptr<RaplReader> reader;    // of these counters, by their index
  Elapsed longest_gap = Elapsed::max();  // of counters without a range; max: not known
  bool counts_from_opening = false;      // and not from a moment that all readers share
};

}  // namespace sobriety::agent
