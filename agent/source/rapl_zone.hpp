// A RAPL zone by what it says of itself, as pure functions of its files' text.
//
// A zone is known by its name and its parent, never by the number in its directory's name: psys
// shifts the packages' numbers, and CPU hotplug deals them again.
#pragma once

#include "proto/base/result.hpp"
#include "proto/base/units.hpp"
#include "proto/model/inventory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::agent {

enum class RaplDomain : std::uint8_t { package, core, uncore, dram, psys };

// What the name of a zone says. Part domains (core, uncore, dram) take their numbers from the
// parent.
struct ZoneName {
  RaplDomain domain{};
  std::uint32_t socket = 0;          // of psys: its own number
  std::optional<std::uint32_t> die;  // package-N-die-M

  auto operator<=>(const ZoneName&) const = default;
};

// `package-0`, `package-1-die-0`, `psys`, `psys-1` at the top, `core`, `uncore`, `dram` below a
// package.
[[nodiscard]] std::optional<ZoneName> parse_zone_name(std::string_view name,
                                                      const ZoneName* parent);

// A zone that can be counted: who it is, where it stands, when it wraps.
struct RaplZone {
  ZoneName name;
  std::string component;     // `package-0`, `package-0/dram`, `psys`
  std::string contained_in;  // component whose energy includes this one's: core and uncore only
  EnergyScope scope = EnergyScope::none;
  std::uint64_t range = 0;  // microjoules; 0: unknown
  Watts highest_power{};    // that its constraints tell of; 0: unknown
};

// The zone of that name, without range and constraints: names of components follow from it.
[[nodiscard]] RaplZone zone_of(const ZoneName& name);

// Sockets, their dies and the parts of these, then psys.
[[nodiscard]] bool in_order(const ZoneName& a, const ZoneName& b);

// The zone of that name below `parent` (null at the top); `range` is the text of
// max_energy_range_uj.
[[nodiscard]] Result<RaplZone> describe_zone(std::string_view name, const RaplZone* parent,
                                             std::string_view range);

// Content of energy_uj: microjoules.
[[nodiscard]] Result<std::uint64_t> parse_energy(std::string_view text);

// The control type that a zone's directory belongs to, `intel-rapl` of `intel-rapl:0:1`, and the
// directory of its parent, "" at the top.
struct ZoneDirectory {
  std::string control;
  std::string parent;
};
// Nothing for what is no zone of RAPL: the control type itself, or another technology.
[[nodiscard]] std::optional<ZoneDirectory> parse_zone_directory(std::string_view directory);

}  // namespace sobriety::agent
