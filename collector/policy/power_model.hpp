// From what is known of a machine to its power at the wall: models and their formulas.
//
// Tags of figures: [C] from a named source, [P] this project's own proposal.
#pragma once

#include "collector/policy/role.hpp"
#include "proto/base/units.hpp"
#include "proto/model/inventory.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sobriety::collector::policy {

// Watts of a kind of machine. A machine whose kind does not sleep has no `sleep`.
struct PowerProfile {
  double off = 0;
  std::optional<double> sleep;
  double idle = 0;
  double max = 0;

  bool operator==(const PowerProfile&) const = default;
};

// P_wall = a + b P_rapl.
struct RaplToWall {
  double a = 0;  // W
  double b = 1;

  bool operator==(const RaplToWall&) const = default;
};

// Watts of a virtual processor: min + u (max - min).
struct VcpuPower {
  double min = 0;
  double max = 0;

  bool operator==(const VcpuPower&) const = default;
};

// What a policy knows of the power of one host. An empty part is a step of the ladder that it
// cannot take.
struct PowerModel {
  std::string name;  // of the profile
  std::optional<PowerProfile> profile;
  std::optional<RaplToWall> rapl_generic;
  std::optional<RaplToWall> rapl_calibrated;  // of this very machine
  std::optional<double> tdp;                  // W, all processors together
  std::optional<VcpuPower> vcpu;              // of a virtual machine: its step is tdp_model
  unsigned monitors = 0;                      // declared, on while somebody is there
  double memory_watts = 0;  // to be added to RAPL where no memory domain is metered

  bool operator==(const PowerModel&) const = default;
};

// Kinds of machines with their figures, by name.
struct NamedProfile {
  std::string_view name;
  PowerProfile profile;
  std::optional<RaplToWall> rapl_generic;
};
[[nodiscard]] std::span<const NamedProfile> standard_profiles();
[[nodiscard]] const NamedProfile* find_profile(std::string_view name);
// The name of the profile that a role has unless a rule says otherwise; empty: none.
[[nodiscard]] std::string_view default_profile(Role role);

// Of memory of unknown modules: 0.284 W/GB [C Boavizta, CodeCarbon]; a GB is 2^30 bytes.
[[nodiscard]] double memory_watts(std::uint64_t bytes);

// The formulas. `load`: busy share of all processors; beyond 0 to 1 it counts as the nearer end.
[[nodiscard]] Watts profile_power(const PowerProfile& profile, double load);
// TDP times the piecewise linear curve of Boavizta, from Teads' measurements [C].
[[nodiscard]] Watts tdp_power(double tdp, double load);
[[nodiscard]] Watts vcpu_power(const VcpuPower& vcpu, unsigned vcpus, double load);
[[nodiscard]] Watts wall_power(const RaplToWall& model, Watts rapl);

}  // namespace sobriety::collector::policy
