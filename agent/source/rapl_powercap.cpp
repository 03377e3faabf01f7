#include "agent/source/rapl_powercap.hpp"

#include "agent/source/file.hpp"
#include "agent/virtualization.hpp"
#include "proto/base/counter.hpp"
#include "proto/base/text.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace sobriety::agent {

namespace {
constexpr std::size_t longest_energy = 64;  // 20 digits and a line end

constexpr const char* fix_denied =
    "energy_uj is for root only since Linux 5.10 (CVE-2020-8694): run the agent in a group "
    "sobriety-rapl of its own and give the files to it: chgrp sobriety-rapl "
    "/sys/class/powercap/intel-rapl*/energy_uj; chmod g+r "
    "/sys/class/powercap/intel-rapl*/energy_uj "
    "(a udev rule makes that last)";

// MSR zones before their repetition through MMIO.
bool control_first(std::string_view a, std::string_view b) {
  return std::pair{a != "intel-rapl", a} < std::pair{b != "intel-rapl", b};
}

auto order_of(const ZoneName& name) {
  return std::tuple{name.domain == RaplDomain::psys, name.socket, name.die, name.domain};
}

struct Meter {
  KeptFile energy;
  std::string component;
  CounterExtension counter;
  bool failing = false;
};

class RaplSource final : public Source {
 public:
  void add(KeptFile energy, const RaplZone& zone, Watts ceiling) {
    series_.push_back({SignalId::component_energy, zone.component, zone.scope, zone.contained_in});
    meters_.push_back(
        {std::move(energy), zone.component, CounterExtension{{zone.range, ceiling}}, false});
  }

  [[nodiscard]] std::span<const Series> series() const override { return series_; }

  ReadOutcome read(const Instant& now, std::span<Cell> cells) override {
    ReadOutcome outcome;
    for (std::size_t i = 0; i < meters_.size(); ++i) cells[i] = read(meters_[i], now, outcome);
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
    dormant_ = std::move(before->dormant_);
    for (const Meter& meter : before->meters_)
      dormant_.insert_or_assign(meter.component, meter.counter);
    for (Meter& meter : meters_)
      if (const auto kept = dormant_.extract(meter.component)) meter.counter = kept.mapped();
  }

 private:
  static Cell read(Meter& meter, const Instant& now, ReadOutcome& outcome) {
    const auto text = meter.energy.read();
    if (!text) return failed(meter, text.error().message, outcome);
    const auto energy = parse_energy(text.value());
    if (!energy)
      return failed(meter, meter.energy.path().native() + ": " + energy.error().message, outcome);
    if (meter.counter.advance(energy.value(), now.boottime) == CounterStep::reset) {
      ++outcome.discontinuities;
      return no_value;
    }
    return static_cast<Cell>(meter.counter.total().count());
  }

  // The others go on. A new discovery drops the zone if it stays bad, and finds it when it is back.
  static Cell failed(Meter& meter, const std::string& why, ReadOutcome& outcome) {
    ++outcome.failures;
    if (!std::exchange(meter.failing, true)) {
      spdlog::warn("rapl_powercap: {}", why);
      outcome.rescan = true;
    }
    return no_value;
  }

  std::vector<Series> series_;
  std::vector<Meter> meters_;
  std::map<std::string, CounterExtension> dormant_;  // of zones that were there and may come back
};

// Everything that is known of a directory while the search goes on.
struct Candidate {
  std::string directory;
  ZoneDirectory where;
};

std::vector<Candidate> candidates_in(const std::filesystem::path& powercap) {
  std::vector<Candidate> candidates;
  for (std::string& name : names_in(powercap))
    if (auto where = parse_zone_directory(name))
      candidates.push_back({std::move(name), std::move(*where)});
  // Parents before their parts, so that a part finds who its parent is.
  std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
    if (a.where.control != b.where.control) return control_first(a.where.control, b.where.control);
    return a.where.parent.size() < b.where.parent.size();
  });
  return candidates;
}

Result<RaplZone> look_at(const std::filesystem::path& zone, const RaplZone* parent) {
  const auto name = read_once(zone / "name", 256);
  if (!name) return name.error();
  const auto range = read_once(zone / "max_energy_range_uj", longest_energy);
  return describe_zone(name.value(), parent, range ? range.value() : std::string_view{});
}

Result<std::uint64_t> first_energy(const std::filesystem::path& zone) {
  const auto text = read_once(zone / "energy_uj", longest_energy);
  if (!text) return text.error();
  return parse_energy(text.value());
}
}  // namespace

ZoneSearch find_zones(const std::filesystem::path& powercap) {
  ZoneSearch search;
  std::map<std::string, RaplZone, std::less<>> described;  // by directory, usable or not
  for (const Candidate& candidate : candidates_in(powercap)) {
    ++search.candidates;
    const auto leave_out = [&](const std::string& why) {
      search.notes.push_back(candidate.directory + " left out: " + why);
    };
    const auto parent = described.find(candidate.where.parent);
    if (!candidate.where.parent.empty() && parent == described.end()) {
      leave_out("the zone around it is not known");
      continue;
    }
    const auto zone = look_at(powercap / candidate.directory,
                              parent == described.end() ? nullptr : &parent->second);
    if (!zone) {
      if (zone.error().code == Errc::denied) ++search.denied;
      leave_out(zone.error().message);
      continue;
    }
    described.emplace(candidate.directory, zone.value());
    const auto twin = std::find_if(
        search.zones.begin(), search.zones.end(),
        [&](const FoundZone& found) { return found.zone.component == zone.value().component; });
    if (twin != search.zones.end()) {
      leave_out("it repeats " + zone.value().component + " of " + twin->directory);
      continue;
    }
    if (const auto energy = first_energy(powercap / candidate.directory); !energy) {
      if (energy.error().code == Errc::denied) ++search.denied;
      leave_out(energy.error().message);
      continue;
    }
    if (zone.value().range == 0)
      search.notes.push_back(zone.value().component +
                             ": no usable max_energy_range_uj, so a wrap counts as a reset");
    search.zones.push_back({zone.value(), candidate.directory});
  }
  std::sort(search.zones.begin(), search.zones.end(), [](const auto& a, const auto& b) {
    return order_of(a.zone.name) < order_of(b.zone.name);
  });
  return search;
}

Discovery discover_rapl_powercap(const Roots& roots, const SourceOptions& options) {
  const std::filesystem::path powercap = roots.sys / "class/powercap";
  ZoneSearch search = find_zones(powercap);
  const std::string_view hypervisor = virtualization(roots);
  Discovery found;
  if (search.candidates == 0) {
    found.summary = "no RAPL zone below " + powercap.native();
    if (is_guest(hypervisor)) found.summary += ", as usual in a virtual machine";
    return found;
  }
  if (is_guest(hypervisor) && !options.rapl_in_guest) {
    found.summary = "not used: this is a virtual machine (" + std::string{hypervisor} +
                    "), where RAPL is missing, 0 or a guess of the hypervisor; "
                    "`sources.rapl_in_guest` turns it on";
    return found;
  }
  found.notes = std::move(search.notes);

  auto source = std::make_unique<RaplSource>();
  const auto packages = std::count_if(
      search.zones.begin(), search.zones.end(),
      [](const FoundZone& zone) { return zone.zone.name.domain == RaplDomain::package; });
  std::string names;
  for (const FoundZone& zone : search.zones) {
    auto energy = KeptFile::open(powercap / zone.directory / "energy_uj", longest_energy);
    if (!energy) {  // between the search and now
      found.notes.push_back(zone.directory + " left out: " + energy.error().message);
      continue;
    }
    // psys sees all packages and the board around them.
    const double share =
        zone.zone.name.domain == RaplDomain::psys ? static_cast<double>(packages + 1) : 1.0;
    source->add(std::move(energy).value(), zone.zone, Watts{options.rapl_ceiling_watts * share});
    names += (names.empty() ? "" : ", ") + zone.zone.component;
  }
  const std::size_t usable = source->series().size();
  if (usable == 0) {
    found.status = search.denied > 0 ? SourceStatus::denied : SourceStatus::broken;
    found.summary = "none of " + std::to_string(search.candidates) + " RAPL zones can be read";
    if (search.denied > 0) found.fix = fix_denied;
    return found;
  }
  found.status = SourceStatus::found;
  found.summary = std::to_string(usable) + (usable == 1 ? " zone: " : " zones: ") + names;
  if (search.denied > 0) found.fix = fix_denied;
  found.source = std::move(source);
  return found;
}

}  // namespace sobriety::agent
