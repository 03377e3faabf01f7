// The interface of a source of readings, and how one is found on a machine.
//
// A source reads one kind of thing (CPU time, RAPL zones, sensors, …). It is discovered once (and
// again when it fails or every few minutes), names its series, and then fills their cells at each
// sample: files stay open and are read again, nothing is allocated.
#pragma once

#include "proto/base/clock.hpp"
#include "proto/base/result.hpp"
#include "proto/model/batch.hpp"
#include "proto/model/inventory.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sobriety::agent {

// Where the machine is read from: the live one, or a captured tree.
struct Roots {
  std::filesystem::path proc = "/proc";
  std::filesystem::path sys = "/sys";

  // A tree has a clock of its own and no kernel behind it: what comes from system calls or
  // libraries instead of files must be taken from the tree or be absent.
  [[nodiscard]] bool live() const { return proc == "/proc" && sys == "/sys"; }
};

// Result of one reading. A cell is left at no_value where nothing could be read, and where the time
// since the last reading is unmeasured (a counter was reset): energy may be differenced between two
// samples that both have a value, and between no others.
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

  // Longest time between two readings that loses nothing, with a margin for a late wake-up: a
  // wrapped counter read later than that cannot be told from a reset one.
  [[nodiscard]] virtual Elapsed longest_interval() const { return Elapsed::max(); }

  // It notices by itself when something changes, and discovering it anew would cost much: only its
  // own ReadOutcome::rescan asks for that.
  [[nodiscard]] virtual bool needs_no_rescan() const { return false; }

  // Called once after a new discovery, before the first read(): continues the totals of `previous`,
  // the source of the same kind that this one replaces, so that a rescan loses no energy.
  virtual void take_over(Source& previous) { static_cast<void>(previous); }
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

// `machine`, `cpu`, … as people and the configuration write it.
[[nodiscard]] std::string_view scope_name(EnergyScope scope);
[[nodiscard]] std::optional<EnergyScope> parse_scope(std::string_view name);

// The discovery that ended in `error`: absent, denied or broken by its code, in its words.
[[nodiscard]] Discovery not_found(const Error& error);

// Options of sources, from the configuration's `sources` section.
struct SourceOptions {
  std::vector<std::string> disabled;  // names of sources not to be used
  std::optional<double>
      simulated_watts;               // a whole-machine meter that is not there, for demonstrations
  double rapl_ceiling_watts = 1000;  // per package: above it a reading is not believed
  bool rapl_in_guest =
      false;  // believe the RAPL that a hypervisor shows: it is missing, 0 or a guess
  Elapsed interval = std::chrono::seconds{5};  // between samples: how old a power reading may be
  std::map<std::string, EnergyScope>
      sensor_scopes;  // chip prefix -> scope, before the built-in rules
};

}  // namespace sobriety::agent
