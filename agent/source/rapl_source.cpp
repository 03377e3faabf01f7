#include "agent/source/rapl_source.hpp"

#include "proto/base/counter.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <utility>

namespace sobriety::agent {

namespace {
// The shortest range that is known (AMD, 2^32 units of 2^-16 J), for a zone that does not tell its
// own: whole wraps may hide in a longer time than that allows.
constexpr std::uint64_t shortest_range = 65'532'610'987;

std::uint64_t distance(std::uint64_t a, std::uint64_t b, std::uint64_t range) {
  const std::uint64_t apart = a > b ? a - b : b - a;
  return range > apart ? std::min(apart, range - apart) : apart;
}

bool is_repeated(RaplReader& reader, std::size_t one, std::size_t other, std::uint64_t slack) {
  reader.refresh();
  const auto before = reader.value(one);
  const auto between = reader.value(other);
  const auto after = reader.value(one);
  return before && between && after && between.value() + slack >= before.value() &&
         between.value() <= after.value() + slack;
}

struct Meter {
  std::string component;
  CounterExtension counter;
  std::optional<std::size_t> twin;  // it repeats that one, and has no series
  std::uint64_t range = 0;
  std::uint64_t raw = 0;  // the newest reading
  bool failing = false;
};

class RaplSource final : public Source {
 public:
  RaplSource(RaplBackend backend, const Twins& twins, Watts ceiling)
      : backend_(backend.name),
        counts_from_opening_(backend.counts_from_opening),
        noise_(noise(ceiling).count()),
        reader_(std::move(backend.reader)) {
    const auto packages = std::count_if(
        backend.counters.begin(), backend.counters.end(),
        [](const RaplCounter& found) { return found.zone.name.domain == RaplDomain::package; });
    for (std::size_t i = 0; i < backend.counters.size(); ++i) {
      const RaplZone& zone = backend.counters[i].zone;
      // psys sees all packages and the board around them.
      const double share =
          zone.name.domain == RaplDomain::psys ? static_cast<double>(packages + 1) : 1.0;
      meters_.push_back(
          {zone.component,
           CounterExtension{limits_of(zone, Watts{ceiling.count() * share}, backend.longest_gap)},
           twins[i], zone.range});
      if (!twins[i])
        series_.push_back(
            {SignalId::component_energy, zone.component, zone.scope, zone.contained_in});
    }
  }

  [[nodiscard]] std::span<const Series> series() const override { return series_; }

  ReadOutcome read(const Instant& now, std::span<Cell> cells) override {
    ReadOutcome outcome;
    reader_->refresh();
    std::size_t column = 0;
    for (std::size_t i = 0; i < meters_.size(); ++i) {
      const Cell cell = read(i, now, outcome);
      if (!meters_[i].twin) cells[column++] = cell;
    }
    return outcome;
  }

  // Half of the longest gap: a quarter of the shortest possible time to wrap.
  [[nodiscard]] Elapsed longest_interval() const override {
    Elapsed shortest = Elapsed::max();
    for (const Meter& meter : meters_) shortest = std::min(shortest, meter.counter.longest_gap());
    return shortest == Elapsed::max() ? shortest : shortest / 2;
  }

  void take_over(Source& previous) override {
    auto* before = dynamic_cast<RaplSource*>(&previous);
    if (before == nullptr) return;
    bool same_counts = before->backend_ == backend_;
    if (same_counts && counts_from_opening_) {
      // What has just been opened counts from now; what was open before has counted all along.
      same_counts = before->is_sound() && has_counters_of(*before);
      if (same_counts) reader_ = std::move(before->reader_);
    }
    dormant_ = std::move(before->dormant_);
    for (const Meter& meter : before->meters_)
      dormant_.insert_or_assign(meter.component, Dormant{meter.counter, before->backend_});
    for (Meter& meter : meters_) {
      const auto kept = dormant_.extract(meter.component);
      if (!kept) continue;
      if (kept.mapped().backend == backend_ && (same_counts || !counts_from_opening_))
        meter.counter = kept.mapped().counter;
      else
        meter.counter.continue_from(kept.mapped().counter.total());
    }
  }

 private:
  struct Dormant {
    CounterExtension counter;
    std::string_view backend;
  };

  static CounterLimits limits_of(const RaplZone& zone, Watts ceiling, Elapsed longest_gap) {
    // Twice the power that the zone was made for, or may take for a while.
    if (zone.highest_power > Watts{})
      ceiling = std::min(ceiling, Watts{zone.highest_power.count() * 2});
    if (zone.range == 0 && longest_gap == Elapsed::max())
      longest_gap = CounterExtension{{shortest_range, ceiling}}.longest_gap();
    return {zone.range, ceiling, longest_gap};
  }

  [[nodiscard]] bool is_sound() const {
    return std::none_of(meters_.begin(), meters_.end(),
                        [](const Meter& meter) { return meter.failing; });
  }

  [[nodiscard]] bool has_counters_of(const RaplSource& other) const {
    return std::equal(meters_.begin(), meters_.end(), other.meters_.begin(), other.meters_.end(),
                      [](const Meter& a, const Meter& b) { return a.component == b.component; });
  }

  Cell read(std::size_t index, const Instant& now, ReadOutcome& outcome) {
    Meter& meter = meters_[index];
    const auto energy = reader_->value(index);
    if (!energy) return failed(meter, energy.error().message, outcome);
    meter.raw = energy.value();
    if (meter.twin && !meters_[*meter.twin].failing &&
        distance(meter.raw, meters_[*meter.twin].raw, meter.range) > noise_)
      outcome.rescan = true;
    const CounterStep step = meter.counter.advance(meter.raw, now.boottime, now.asleep);
    if (step == CounterStep::reset && !meter.twin) ++outcome.discontinuities;
    return measured(step) ? static_cast<Cell>(meter.counter.total().count()) : no_value;
  }

  // The others go on. A new discovery drops the zone if it stays bad, and finds it when it is back.
  static Cell failed(Meter& meter, const std::string& why, ReadOutcome& outcome) {
    ++outcome.failures;
    if (!std::exchange(meter.failing, true)) {
      spdlog::warn("rapl: {}: {}", meter.component, why);
      outcome.rescan = true;
    }
    return no_value;
  }

  std::string_view backend_;
  bool counts_from_opening_;
  std::uint64_t noise_;  // microjoules
  std::unique_ptr<RaplReader> reader_;
  std::vector<Series> series_;
  std::vector<Meter> meters_;
  std::map<std::string, Dormant> dormant_;  // of zones that were there and may come back
};
}  // namespace

Microjoules noise(Watts ceiling) { return ceiling * std::chrono::milliseconds{2}; }

Twins find_twins(RaplBackend& backend, Watts ceiling) {
  Twins twins(backend.counters.size());
  // Counts from an opening are all equal when it has just been: they tell nothing.
  if (backend.counts_from_opening) return twins;
  for (std::size_t i = 0; i < twins.size(); ++i) {
    const ZoneName& name = backend.counters[i].zone.name;
    if (!name.die) continue;
    for (std::size_t j = 0; j < i && !twins[i]; ++j) {
      const ZoneName& other = backend.counters[j].zone.name;
      if (!twins[j] && other.die && other.socket == name.socket && other.domain == name.domain &&
          is_repeated(*backend.reader, j, i, noise(ceiling).count()))
        twins[i] = j;
    }
  }
  return twins;
}

std::unique_ptr<Source> make_rapl_source(RaplBackend backend, const Twins& twins, Watts ceiling) {
  return std::make_unique<RaplSource>(std::move(backend), twins, ceiling);
}

}  // namespace sobriety::agent
