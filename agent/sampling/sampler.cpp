#include "agent/sampling/sampler.hpp"

#include "proto/runtime/log.hpp"

#include <algorithm>

namespace sobriety::agent {

namespace {
constexpr std::chrono::minutes rescan_period{5};

// Cells that every source has, in this order, then those of the agent.
constexpr SignalId source_signals[] = {SignalId::source_status, SignalId::source_reads,
                                       SignalId::source_failures, SignalId::source_duration,
                                       SignalId::discontinuities};
constexpr SignalId own_signals[] = {SignalId::agent_cpu,     SignalId::agent_resident,
                                    SignalId::agent_sent,    SignalId::spool_bytes,
                                    SignalId::spool_dropped, SignalId::spool_failures};
}  // namespace

Sampler::Sampler(std::span<const SourceKind> kinds, Roots roots, SourceOptions options)
    : roots_(std::move(roots)), options_(std::move(options)) {
  for (const SourceKind& kind : kinds) {
    slots_.emplace_back().kind = &kind;
    look(slots_.back());
  }
  lay_out();
}

void Sampler::look(Slot& slot) {
  Discovery found = discover(*slot.kind, roots_, options_);
  // A source that was away for a while goes on from the totals that it had.
  if (found.source && slot.last) found.source->take_over(*slot.last);
  if (found.status != slot.status || !slot.last) {
    if (found.status == SourceStatus::denied)
      spdlog::warn("source {}: denied: {} {}", slot.kind->name, found.summary, found.fix);
    else if (found.status == SourceStatus::broken)
      spdlog::warn("source {}: broken: {}", slot.kind->name, found.summary);
    else if (found.status != slot.status)
      spdlog::info("source {}: {}: {}", slot.kind->name, to_string(found.status), found.summary);
  }
  slot.status = found.status;
  slot.source = found.source.get();
  if (found.source) slot.last = std::move(found.source);
  slot.rescan = false;
}

void Sampler::lay_out() {
  series_.clear();
  for (Slot& slot : slots_) {
    slot.first_cell = series_.size();
    if (slot.source)
      series_.insert(series_.end(), slot.source->series().begin(), slot.source->series().end());
  }
  own_cell_ = series_.size();
  for (const Slot& slot : slots_)
    for (const SignalId id : source_signals)
      series_.push_back({id, std::string{slot.kind->name}, EnergyScope::none, ""});
  for (const SignalId id : own_signals) series_.push_back({id, "", EnergyScope::none, ""});
  energy_.lay_out(series_);
}

void Sampler::sample(const Instant& now, std::span<Cell> row) {
  for (Slot& slot : slots_) {
    if (!slot.source) continue;
    const auto cells = row.subspan(slot.first_cell, slot.source->series().size());
    const auto start = std::chrono::steady_clock::now();
    const ReadOutcome outcome = slot.source->read(now, cells);
    slot.duration += std::chrono::steady_clock::now() - start;
    ++slot.reads;
    slot.failures += outcome.failures;
    slot.discontinuities += outcome.discontinuities;
    slot.rescan = slot.rescan || outcome.rescan;
  }
  energy_.apply(row);
}

void Sampler::account(const OwnFigures& own, std::span<Cell> row) const {
  Cell* cell = row.data() + own_cell_;
  const auto put = [&cell](auto value) { *cell++ = static_cast<Cell>(value); };
  for (const Slot& slot : slots_) {
    put(slot.status);
    put(slot.reads);
    put(slot.failures);
    put(std::chrono::duration_cast<std::chrono::microseconds>(slot.duration).count());
    put(slot.discontinuities);
  }
  put(own.cpu.count());
  put(own.resident_bytes);
  put(own.sent_bytes);
  put(own.queued_bytes);
  put(own.dropped_samples);
  put(own.spool_failures);
}

bool Sampler::rescan_due(const Instant& now) const {
  return now.boottime >= next_rescan_ ||
         std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.rescan; });
}

bool Sampler::rescan(const Instant& now) {
  const bool all = now.boottime >= next_rescan_;
  const bool first = next_rescan_ == Elapsed::zero();
  if (all) next_rescan_ = now.boottime + rescan_period;
  if (first) return false;  // looked at construction
  for (Slot& slot : slots_)
    if (slot.rescan || (all && !(slot.source && slot.source->needs_no_rescan()))) look(slot);
  const std::vector<Series> before = std::move(series_);
  lay_out();
  return series_ != before;
}

Elapsed Sampler::longest_interval() const {
  Elapsed longest = Elapsed::max();
  for (const Slot& slot : slots_)
    if (slot.source) longest = std::min(longest, slot.source->longest_interval());
  return longest;
}

}  // namespace sobriety::agent
