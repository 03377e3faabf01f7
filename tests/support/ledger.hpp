// Records of an invented ledger: whatever they hold, it adds up.
#pragma once

#include "collector/store/store.hpp"
#include "tests/support/machine.hpp"

#include <string>

namespace sobriety::test {

inline constexpr collector::Hour some_hour =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours{13};

// A minute on, with energy that was measured.
inline collector::Figures figures_of(std::int64_t microjoules, std::int64_t ms = 60'000) {
  using enum collector::Figure;
  collector::Figures figures;
  figures[ms_on] = ms;
  figures[uj_measured] = figures[uj_on] = microjoules;
  figures[uj_low] = microjoules - microjoules / 100 * 3;
  figures[uj_high] = microjoules + microjoules / 100 * 3;
  return figures;
}

// A host that is new to the store, at batch `seq`, with no hour.
inline collector::HostRecord record_of(std::uint8_t host, std::uint64_t seq) {
  collector::HostRecord record;
  record.state.id = id<HostId>(host);
  record.state.name = "host-" + std::to_string(host);
  record.state.place = {id<StreamId>(host), seq};
  return record;
}

// The change behind `before`: the next batch, whose figures lie in `hour`.
inline collector::HostRecord next_of(const collector::HostRecord& before, collector::Hour hour,
                                     const collector::Figures& figures) {
  collector::HostRecord record = before;
  record.before = before.state.place;
  ++record.state.place.seq;
  record.state.account.totals += figures;
  record.state.account.energy[0] +=
      Microjoules{static_cast<std::uint64_t>(figures.energy_by_quality())};
  record.hours = {{hour, figures}};
  return record;
}

}  // namespace sobriety::test
