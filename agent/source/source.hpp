// The interface of a source of readings, and how one is found on a machine.
//
// A source reads one kind of thing (CPU time, RAPL zones, sensors, …). It is discovered once (and
// again when it fails or every few minutes), names its series, and then fills their cells at each
// sample: files stay open and are read again, nothing is allocated.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "proto/base/clock.hpp"
#include "proto/base/result.hpp"
#include "proto/model/batch.hpp"
#include "proto/model/inventory.hpp"

namespace sobriety::agent {

// Where the machine is read from: the live one, or a captured tree.
struct Roots {
  std::filesystem::path proc = "/proc";
  std::filesystem::path sys = "/sys";

  // A captured tree stands still and has no kernel behind it: what comes from system calls or
  // libraries instead of files must be taken from the tree or be absent.
  [[nodiscard]] bool live() const { return proc == "/proc" && sys == "/sys"; }
};

// Result of one reading. Cells that could not be read are left at no_value.
struct ReadOutcome {
  std::uint32_t failures = 0;         // readings that failed (each logged once by the source)
  std::uint32_t discontinuities = 0;  // counters that were found reset
  bool rescan = false;                // the tree changed (a zone vanished): discover again
};

class Source {
 public:
  virtual ~Source() = default;

  // The series that this source fills, in the order of the cells given to read().
  [[nodiscard]] virtual std::span<const Series> series() const = 0;

  // Fills `cells` (series().size() of them, all no_value before). Never blocks for long.
  virtual ReadOutcome read(const Instant& now, std::span<Cell> cells) = 0;
};

// What discovery found. `source` is there exactly when status is found; it may be found in part,
// and `notes` then says what is missing.
struct Discovery {
  SourceStatus status = SourceStatus::absent;
  std::string summary;             // a sentence for `probe`: what was found and chosen, or why not
  std::string fix;                 // denied: the capability, group or rule that would mend it
  std::vector<std::string> notes;  // one a line: zones left out and why
  std::unique_ptr<Source> source;
};

// Options of sources, from the configuration's `sources` section.
struct SourceOptions {
  std::vector<std::string> disabled;  // names of sources not to be used
  std::optional<double> simulated_watts;  // a whole-machine meter that is not there, for demonstrations
  double rapl_ceiling_watts = 1000;       // per package: above it a reading is not believed
};

}  // namespace sobriety::agent
