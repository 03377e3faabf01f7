// Which of a host's energy meters may be added up: a meter inside another one must not be counted
// beside it.
//
// What contains what is told by the agent where it is known (core in package), and follows from the
// scope where it is a matter of definition: a meter of the whole machine contains all others, psys
// contains processors and memory, RAPL's packages contain what other sensors tell of processors.
#pragma once

#include "proto/base/units.hpp"
#include "proto/model/inventory.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector {

struct Component {
  std::string name;
  EnergyScope scope = EnergyScope::none;
  std::string contained_in;  // "": nothing that the agent knows of
};

// The meter of a machine that runs on its batteries, as the agent names it.
[[nodiscard]] bool is_battery(const Component& component);

// Indices of the components to be added up: those that no other one contains, in their order. What
// is left out is inside one of these, with one exception: psys that is not believed overlaps with
// the packages in an unknown way, and is left out. Of several meters of the whole machine, or of
// its platform, the first counts, and a battery's comes last.
[[nodiscard]] std::vector<std::size_t> roots(std::span<const Component> components,
                                             bool psys_believed);

// The same among the components of one scope.
[[nodiscard]] std::vector<std::size_t> roots_in(EnergyScope scope,
                                                std::span<const Component> components,
                                                bool psys_believed);

// Whether psys is what it should be, a meter of everything that the packages are part of: some
// platforms leave it unconnected, or let it count something else.
class PsysTrust {
 public:
  // What psys and all packages together counted over the same time, none of it unmeasured.
  void observe(Microjoules psys, Microjoules packages, Elapsed time);
  // psys was not below the packages in any of the last ten minutes or more that were observed.
  [[nodiscard]] bool believed() const;

 private:
  Microjoules psys_{};
  Microjoules packages_{};
  Elapsed minute_{};  // observed in the two sums above
  Elapsed held_{};    // whole minutes in which it held, since it last did not
};

inline constexpr std::array shown_scopes{EnergyScope::machine,  EnergyScope::cpu,
                                         EnergyScope::memory,   EnergyScope::gpu,
                                         EnergyScope::platform, EnergyScope::other};

using ScopeEnergy = std::array<Microjoules, shown_scopes.size()>;

// `machine`, `cpu`, …
[[nodiscard]] std::string_view to_string(EnergyScope scope);

// The components of a layout, ready to be added up scope by scope.
class ComponentTree {
 public:
  ComponentTree() = default;
  explicit ComponentTree(std::span<const Component> components);

  // Indices of the components of `scope` to be added up; of platform, only while psys is believed.
  [[nodiscard]] std::span<const std::size_t> roots_of(EnergyScope scope) const;

  // Components that PsysTrust compares; no psys: nothing to compare.
  [[nodiscard]] std::span<const std::size_t> psys() const { return psys_; }
  [[nodiscard]] std::span<const std::size_t> packages() const { return packages_; }

 private:
  std::array<std::vector<std::size_t>, shown_scopes.size()> roots_;
  std::vector<std::size_t> psys_;  // at most one
  std::vector<std::size_t> packages_;
};

}  // namespace sobriety::collector
