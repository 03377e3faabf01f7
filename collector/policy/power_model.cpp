#include "collector/policy/power_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace sobriety::collector::policy {

namespace {

// W off / asleep / idle / at full load [P]. Anchors [C]: laptops 6.7 to 12.2 W idle and 24.7 to 30
// W loaded by psys; Energy Star for computers, version 4: off <= 2, asleep <= 4, idle <= 50 W. RAPL
// to wall, weak guesses by kind [P].
constexpr std::array profiles{
    NamedProfile{"laptop", {0.3, 0.6, 8, 28}, RaplToWall{4, 1.15}},
    NamedProfile{"desktop", {0.5, 1.5, 25, 80}, RaplToWall{15, 1.2}},
    NamedProfile{"workstation", {1, 4, 80, 280}, RaplToWall{15, 1.2}},
    NamedProfile{"small_server", {5, std::nullopt, 60, 150}, RaplToWall{40, 1.25}},
    NamedProfile{"rack_server", {8, std::nullopt, 110, 370}, RaplToWall{40, 1.25}},
    NamedProfile{"thin_client", {0.5, 1, 8, 15}, std::nullopt},
    NamedProfile{"monitor", {0.3, 0.3, 25, 25}, std::nullopt}};

// Share of the TDP that a machine takes at a load [C Boavizta, from Teads].
struct LoadPoint {
  double load;
  double share;
};
constexpr std::array tdp_curve{LoadPoint{0, 0.12}, LoadPoint{0.10, 0.32}, LoadPoint{0.50, 0.75},
                               LoadPoint{1, 1.02}};

constexpr double watts_per_gigabyte = 0.284;
constexpr double gigabyte = 1024.0 * 1024 * 1024;

// NaN counts as 0: nothing is known to be busy.
double share(double load) { return load > 0 ? std::min(load, 1.0) : 0.0; }

double between(double low, double high, double load) { return low + share(load) * (high - low); }

}  // namespace

std::span<const NamedProfile> standard_profiles() { return profiles; }

const NamedProfile* find_profile(std::string_view name) {
  const auto found = std::ranges::find(profiles, name, &NamedProfile::name);
  return found == profiles.end() ? nullptr : &*found;
}

std::string_view default_profile(Role role) {
  switch (role) {
    case Role::server:
      return "rack_server";
    case Role::workstation:
      return "desktop";
    case Role::laptop:
      return "laptop";
    case Role::thin:
      return "thin_client";
    case Role::virtual_machine:
    case Role::unknown:
      return {};
  }
  return {};
}

double memory_watts(std::uint64_t bytes) {
  return static_cast<double>(bytes) / gigabyte * watts_per_gigabyte;
}

Watts profile_power(const PowerProfile& profile, double load) {
  return Watts{between(profile.idle, profile.max, load)};
}

Watts tdp_power(double tdp, double load) {
  const double at = share(load);
  std::size_t upper = 1;
  while (tdp_curve[upper].load < at) ++upper;
  const auto [load0, share0] = tdp_curve[upper - 1];
  const auto [load1, share1] = tdp_curve[upper];
  return Watts{tdp * (share0 + (share1 - share0) * (at - load0) / (load1 - load0))};
}

Watts vcpu_power(const VcpuPower& vcpu, unsigned vcpus, double load) {
  return Watts{vcpus * between(vcpu.min, vcpu.max, load)};
}

Watts wall_power(const RaplToWall& model, Watts rapl) {
  return Watts{model.a + model.b * rapl.count()};
}

}  // namespace sobriety::collector::policy
