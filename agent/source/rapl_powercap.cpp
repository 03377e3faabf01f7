#include "agent/source/rapl_powercap.hpp"

#include "agent/source/file.hpp"
#include "proto/base/text.hpp"

#include <algorithm>
#include <map>
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

class PowercapReader final : public RaplReader {
 public:
  void add(KeptFile energy) { energies_.push_back(std::move(energy)); }

  [[nodiscard]] Result<std::uint64_t> value(std::size_t counter) override {
    KeptFile& file = energies_[counter];
    BOOST_OUTCOME_TRY(const std::string_view text, file.read());
    auto energy = parse_energy(text);
    if (!energy)
      return fail(energy.error().code, file.path().native() + ": " + energy.error().message);
    return energy;
  }

 private:
  std::vector<KeptFile> energies_;
};

// A zone and the directory below /sys/class/powercap that is read for it.
struct FoundZone {
  RaplZone zone;
  std::string directory;
};

struct ZoneSearch {
  std::vector<FoundZone> zones;    // in the order of their names, one a component
  std::vector<std::string> notes;  // what was left out, and why
  std::size_t denied = 0;          // zones that are there and may not be read
  std::size_t candidates = 0;      // directories that look like zones
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

std::uint64_t microwatts_in(const std::filesystem::path& file) {
  const auto text = read_once(file, longest_energy);
  return text ? parse_number<std::uint64_t>(text.value()).value_or(0) : 0;
}

// The highest power that the zone's constraints tell of: max_power_uw is the design power, and the
// limits for turbo, which may be above it, are in power_limit_uw.
Watts highest_constraint(const std::filesystem::path& zone) {
  std::uint64_t highest = 0;
  for (const char* constraint : {"constraint_0", "constraint_1", "constraint_2"})
    for (const char* power : {"_max_power_uw", "_power_limit_uw"})
      highest = std::max(highest, microwatts_in(zone / (std::string{constraint} + power)));
  return Watts{static_cast<double>(highest) / 1e6};
}

Result<RaplZone> look_at(const std::filesystem::path& directory, const RaplZone* parent) {
  const auto name = read_once(directory / "name", 256);
  if (!name) return name.error();
  const auto range = read_once(directory / "max_energy_range_uj", longest_energy);
  BOOST_OUTCOME_TRY(
      auto zone, describe_zone(name.value(), parent, range ? range.value() : std::string_view{}));
  zone.highest_power = highest_constraint(directory);
  return zone;
}

Result<std::uint64_t> first_energy(const std::filesystem::path& zone) {
  const auto text = read_once(zone / "energy_uj", longest_energy);
  if (!text) return text.error();
  return parse_energy(text.value());
}
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
    search.zones.push_back({zone.value(), candidate.directory});
  }
  std::sort(search.zones.begin(), search.zones.end(),
            [](const auto& a, const auto& b) { return in_order(a.zone.name, b.zone.name); });
  return search;
}

}  // namespace

RaplBackend find_rapl_powercap(const std::filesystem::path& sys) {
  const std::filesystem::path powercap = sys / "class/powercap";
  ZoneSearch search = find_zones(powercap);
  RaplBackend found;
  found.name = "powercap";
  if (search.candidates == 0) {
    found.summary = "no RAPL zone below " + powercap.native();
    return found;
  }
  found.notes = std::move(search.notes);
  if (search.denied > 0) found.fix = fix_denied;
  auto reader = std::make_unique<PowercapReader>();
  for (FoundZone& zone : search.zones) {
    auto energy = KeptFile::open(powercap / zone.directory / "energy_uj", longest_energy);
    if (!energy) {  // between the search and now
      found.notes.push_back(zone.directory + " left out: " + energy.error().message);
      continue;
    }
    reader->add(std::move(energy).value());
    found.counters.push_back({std::move(zone.zone), std::move(zone.directory)});
  }
  if (found.counters.empty()) {
    found.status = search.denied > 0 ? SourceStatus::denied : SourceStatus::broken;
    found.summary = "none of " + std::to_string(search.candidates) + " RAPL zones can be read";
    return found;
  }
  found.status = SourceStatus::found;
  found.reader = std::move(reader);
  return found;
}

}  // namespace sobriety::agent
