#include "collector/fleet/wall_power.hpp"

#include <algorithm>
#include <cmath>

namespace sobriety::collector {

namespace {

using std::chrono::milliseconds;
__extension__ using Wide = __int128;

// Rounded, and within what an account can hold, whatever a broken agent says.
Microjoules rounded(double microjoules) {
  return Microjoules{static_cast<std::uint64_t>(
      std::llround(std::clamp(microjoules, 0.0, static_cast<double>(most_wall_energy.count()))))};
}

// Watts times milliseconds are millijoules.
Microjoules of_power(Watts power, milliseconds time) {
  return rounded(power.count() * static_cast<double>(time.count()) * 1e3);
}

// The share of what a meter counted since `told` that lies behind what was estimated meanwhile.
Microjoules behind(Microjoules energy, WallTime told, WallTime estimated, WallTime at) {
  if (estimated <= told || told >= at) return energy;
  const auto rest = std::max<std::int64_t>(0, (at - estimated).count());
  return Microjoules{static_cast<std::uint64_t>(Wide{energy.count()} * rest / (at - told).count())};
}

// a and b over the time and the energy that wait: P = a + b P_rapl, integrated.
Microjoules integrated(const policy::RaplToWall& model, double memory_watts,
                       const PowerWait& wait) {
  const double constant =
      (model.a + model.b * memory_watts) * static_cast<double>(wait.awake.count()) * 1e3;
  const double scaled = model.b * static_cast<double>(wait.rapl.count());
  return rounded(constant + scaled);
}

WallEnergy estimate(const policy::PowerModel& model, const PowerReading& reading,
                    const PowerWait& wait) {
  if (reading.psys) return by_method(PowerMethod::rapl_psys, wait.psys);
  if (reading.rapl) {
    const double memory = reading.has_memory ? 0 : model.memory_watts;
    if (model.rapl_calibrated)
      return by_method(PowerMethod::rapl_calibrated,
                       integrated(*model.rapl_calibrated, memory, wait));
    if (model.rapl_generic)
      return by_method(PowerMethod::rapl_generic, integrated(*model.rapl_generic, memory, wait));
  }
  if (reading.load >= 0 && model.vcpu)
    return by_method(
        PowerMethod::tdp_model,
        of_power(policy::vcpu_power(*model.vcpu, reading.processors, reading.load), wait.awake));
  if (reading.load >= 0 && model.tdp)
    return by_method(PowerMethod::tdp_model,
                     of_power(policy::tdp_power(*model.tdp, reading.load), wait.awake));
  if (model.profile)
    return by_method(
        PowerMethod::profile,
        of_power(policy::profile_power(*model.profile, std::max(0.0, reading.load)), wait.awake));
  return {};
}

}  // namespace

void LoadMark::begin(const SignalColumns& columns, std::span<const Cell> cells) {
  cpu = columns.cpu_sum(cells);
  rest = columns.rest_sum(cells);
}

double LoadMark::upto(const SignalColumns& columns, std::span<const Cell> cells) const {
  const Cell all = columns.cpu_sum(cells);
  const Cell resting = columns.rest_sum(cells);
  if (cpu == no_value || rest == no_value || all == no_value || resting == no_value) return -1;
  if (all <= cpu || resting < rest || resting - rest > all - cpu) return -1;
  return 1 - static_cast<double>(resting - rest) / static_cast<double>(all - cpu);
}

WallEnergy by_method(PowerMethod method, Microjoules energy) {
  const Uncertainty& doubt = ladder[static_cast<std::size_t>(method)].uncertainty;
  const auto part = [&energy](double share) {
    return Microjoules{
        static_cast<std::uint64_t>(std::llround(static_cast<double>(energy.count()) * share))};
  };
  energy = std::min(energy, most_wall_energy);
  return {method, energy, energy - std::min(energy, part(doubt.below)), energy + part(doubt.above)};
}

WallEnergy wall_energy(const policy::PowerModel& model, const PowerReading& reading,
                       PowerWait& wait, WallTime began, WallTime at) {
  WallEnergy found;
  if (reading.machine) {
    const WallTime told = std::max(wait.metered, began);
    found = by_method(reading.machine_method, behind(*reading.machine, told, wait.estimated, at));
    wait.metered = at;
    wait.estimated = {};
  } else {
    const bool awaited = reading.has_machine || (reading.has_rapl && !reading.rapl);
    if (awaited && wait.awake < meter_patience) return {};
    if (wait.awake <= milliseconds::zero()) return {};
    found = estimate(model, reading, wait);
    if (found.method == PowerMethod::none && awaited) return {};
    if (reading.has_machine) wait.estimated = at;
  }
  wait.awake = {};
  wait.psys = wait.rapl = {};
  return found;
}

WallEnergy resting_energy(const policy::PowerModel& model, bool asleep, milliseconds time) {
  if (!model.profile) return {};
  const policy::PowerProfile& profile = *model.profile;
  const double watts = asleep ? profile.sleep.value_or(profile.off) : profile.off;
  return by_method(PowerMethod::profile, of_power(Watts{watts}, time));
}

std::int64_t resting_milliwatts(const policy::PowerModel& model) {
  if (!model.profile) return 0;
  return std::llround(model.profile->sleep.value_or(model.profile->off) * 1e3);
}

WallEnergy monitor_energy(const policy::PowerModel& model, milliseconds time) {
  static const policy::NamedProfile* const monitor = policy::find_profile("monitor");
  if (model.monitors == 0 || monitor == nullptr) return {};
  return by_method(PowerMethod::profile,
                   of_power(Watts{monitor->profile.idle * model.monitors}, time));
}

}  // namespace sobriety::collector
