#include "tests/support/player/playback.hpp"

#include <algorithm>

namespace sobriety::player {

namespace {
const Zone& metered(const Scenario& scenario, const Zone& zone) {
  const auto found = std::ranges::find(scenario.zones, zone.mirrors, &Zone::directory);
  return found == scenario.zones.end() ? zone : *found;
}

bool lasts_at(const Fault& fault, Elapsed lasts, Elapsed awake) {
  return fault.at <= awake && awake < fault.at + lasts;
}
}  // namespace

Elapsed uptime_at(const Scenario& scenario, Elapsed awake) {
  Elapsed uptime = scenario.uptime + awake;
  for (const Fault& fault : scenario.faults)
    if (const auto* suspend = std::get_if<Suspend>(&fault.what); suspend && fault.at <= awake)
      uptime += suspend->lasts;
  return uptime;
}

Elapsed awake_at(const Scenario& scenario, Elapsed uptime) {
  Elapsed awake = std::max(uptime - scenario.uptime, Elapsed::zero());
  for (const Fault& fault : scenario.faults)
    if (const auto* suspend = std::get_if<Suspend>(&fault.what); suspend && fault.at < awake)
      awake = std::max(fault.at, awake - suspend->lasts);
  return awake;
}

std::uint64_t counter_at(const Scenario& scenario, const Zone& shown, Elapsed awake) {
  const Zone& zone = metered(scenario, shown);
  auto counter = static_cast<std::int64_t>(zone.start + zone.power.energy(awake).count());
  for (const Fault& fault : scenario.faults) {
    if (fault.at > awake) break;
    if (const auto* jump = std::get_if<Jump>(&fault.what); jump && jump->zone == zone.directory)
      counter += jump->joules * 1'000'000;
    if (const auto* reset = std::get_if<Reset>(&fault.what);
        reset && (reset->zone.empty() || reset->zone == zone.directory))
      counter = static_cast<std::int64_t>(zone.power.energy(awake).count() -
                                          zone.power.energy(fault.at).count());
  }
  const auto range = static_cast<std::int64_t>(zone.range);
  return static_cast<std::uint64_t>((counter % range + range) % range);
}

Microjoules truth_at(const Scenario& scenario, const Zone& zone, Elapsed awake) {
  return metered(scenario, zone).power.energy(awake);
}

bool present_at(const Scenario& scenario, const Zone& zone, Elapsed awake) {
  return std::ranges::none_of(scenario.faults, [&](const Fault& fault) {
    const auto* absence = std::get_if<Absence>(&fault.what);
    return absence && absence->zone == zone.directory && lasts_at(fault, absence->lasts, awake);
  });
}

std::optional<int> error_at(const Scenario& scenario, std::string_view path, Elapsed awake) {
  for (const Fault& fault : scenario.faults)
    if (const auto* error = std::get_if<ReadError>(&fault.what);
        error && error->path == path && lasts_at(fault, error->lasts, awake))
      return error->error;
  return std::nullopt;
}

std::string component_of(const Scenario& scenario, const Zone& zone) {
  const std::string parent = zone.directory.substr(0, zone.directory.rfind(':'));
  const auto found = std::ranges::find(scenario.zones, parent, &Zone::directory);
  return found == scenario.zones.end() ? zone.name
                                       : component_of(scenario, *found) + "/" + zone.name;
}

}  // namespace sobriety::player
