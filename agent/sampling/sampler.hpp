// Reads all sources into one row, and accounts for each of them: status, readings, failures,
// duration and discontinuities come with every source, whatever it reads.
#pragma once

#include "agent/sampling/continued_energy.hpp"
#include "agent/source/registry.hpp"
#include "proto/model/batch.hpp"
#include "proto/model/inventory.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sobriety::agent {

// The agent's own cost and the state of its spool, for the last row of a batch.
struct OwnFigures {
  std::chrono::microseconds cpu{0};
  std::uint64_t resident_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t dropped_samples = 0;
  std::uint64_t spool_failures = 0;
};

class Sampler {
 public:
  Sampler(std::span<const SourceKind> kinds, Roots roots, SourceOptions options);

  // The columns of a row: those of the sources that were found, then the agent's own.
  [[nodiscard]] const std::vector<Series>& series() const { return series_; }

  // Energy goes on from the totals of the run before. Only before the first sample.
  void continue_from(const ComponentTotals& totals) { energy_.continue_from(totals); }
  // Energy counts from zero, now.
  void restart_energy() { energy_.restart(); }
  // Where the energy counters stand.
  [[nodiscard]] ComponentTotals totals() const { return energy_.totals(); }

  // Fills a row of series().size() cells. Allocates nothing.
  void sample(const Instant& now, std::span<Cell> row);
  // Fills the agent's own cells of that row; worth it once a batch.
  void account(const OwnFigures& own, std::span<Cell> row) const;

  // A source asked for it, or it is time: discovers again what is not there or has changed. True if
  // the columns are other ones now.
  [[nodiscard]] bool rescan_due(const Instant& now) const;
  [[nodiscard]] bool rescan(const Instant& now);

  // The shortest of the sources' longest intervals between readings.
  [[nodiscard]] Elapsed longest_interval() const;

 private:
  struct Slot {
    const SourceKind* kind;
    SourceStatus status = SourceStatus::absent;
    std::unique_ptr<Source> last;  // the newest that was found
    Source* source = nullptr;      // that one, if it is there now
    std::size_t first_cell = 0;
    std::uint64_t reads = 0;
    std::uint64_t failures = 0;
    std::uint64_t discontinuities = 0;
    std::chrono::nanoseconds duration{0};
    bool rescan = false;
  };

  void look(Slot& slot);
  void lay_out();

  Roots roots_;
  SourceOptions options_;
  std::vector<Slot> slots_;
  std::vector<Series> series_;
  ContinuedEnergy energy_;
  std::size_t own_cell_ = 0;
  Elapsed next_rescan_{};
};

}  // namespace sobriety::agent
