#include "agent/source/rapl_zone.hpp"

#include "agent/source/label.hpp"
#include "proto/base/text.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sobriety::agent {

namespace {
// "-N" at the front of `rest`, which moves behind it. No signs, no leading zeros: "-00" is not
// "-0".
std::optional<std::uint32_t> take_number(std::string_view& rest) {
  if (!rest.starts_with('-')) return std::nullopt;
  std::string_view digits = rest.substr(1);
  digits = digits.substr(0, digits.find_first_not_of("0123456789"));
  const auto number = parse_number<std::uint32_t>(digits);
  if (!number || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  rest.remove_prefix(1 + digits.size());
  return number;
}

std::optional<ZoneName> parse_top(std::string_view name) {
  if (name.starts_with("psys")) {
    name.remove_prefix(4);
    if (name.empty()) return ZoneName{RaplDomain::psys, 0, {}};
    const auto number = take_number(name);
    if (!number || !name.empty()) return std::nullopt;
    return ZoneName{RaplDomain::psys, *number, {}};
  }
  if (!name.starts_with("package")) return std::nullopt;
  name.remove_prefix(7);
  const auto socket = take_number(name);
  if (!socket) return std::nullopt;
  if (name.empty()) return ZoneName{RaplDomain::package, *socket, {}};
  if (!name.starts_with("-die")) return std::nullopt;
  name.remove_prefix(4);
  const auto die = take_number(name);
  if (!die || !name.empty()) return std::nullopt;
  return ZoneName{RaplDomain::package, *socket, die};
}

EnergyScope scope_of(RaplDomain domain) {
  switch (domain) {
    case RaplDomain::package:
    case RaplDomain::core:
    case RaplDomain::uncore:
      return EnergyScope::cpu;
    case RaplDomain::dram:
      return EnergyScope::memory;
    case RaplDomain::psys:
      return EnergyScope::platform;
  }
  return EnergyScope::none;
}
std::string_view part_of(RaplDomain domain) {
  switch (domain) {
    case RaplDomain::core:
      return "/core";
    case RaplDomain::uncore:
      return "/uncore";
    case RaplDomain::dram:
      return "/dram";
    case RaplDomain::package:
    case RaplDomain::psys:
      break;
  }
  return "";
}

// dram hangs below the package in the tree and is beside it on the board.
bool is_inside(RaplDomain domain) {
  return domain == RaplDomain::core || domain == RaplDomain::uncore;
}
}  // namespace

std::optional<ZoneName> parse_zone_name(std::string_view name, const ZoneName* parent) {
  if (parent == nullptr) return parse_top(name);
  if (parent->domain != RaplDomain::package) return std::nullopt;
  ZoneName part = *parent;
  if (name == "core")
    part.domain = RaplDomain::core;
  else if (name == "uncore")
    part.domain = RaplDomain::uncore;
  else if (name == "dram")
    part.domain = RaplDomain::dram;
  else
    return std::nullopt;
  return part;
}

Result<RaplZone> describe_zone(std::string_view name, const RaplZone* parent,
                               std::string_view range) {
  name = trimmed(name);
  if (name.empty()) return fail(Errc::broken, "its name is empty");
  const auto parsed = parse_zone_name(name, parent == nullptr ? nullptr : &parent->name);
  if (!parsed)
    return fail(Errc::unsupported,
                "its name \"" + clean_label(name, 40) + "\" is not that of a RAPL domain " +
                    (parent == nullptr ? "at the top" : "inside " + parent->component));
  RaplZone zone;
  zone.name = *parsed;
  zone.component = parent == nullptr ? name : parent->component + "/" + std::string{name};
  zone.scope = scope_of(parsed->domain);
  if (is_inside(parsed->domain)) zone.contained_in = parent->component;
  zone.range = parse_number<std::uint64_t>(trimmed(range)).value_or(0);
  return zone;
}

RaplZone zone_of(const ZoneName& name) {
  RaplZone zone;
  zone.name = name;
  zone.scope = scope_of(name.domain);
  if (name.domain == RaplDomain::psys) {
    zone.component = name.socket == 0 ? "psys" : "psys-" + std::to_string(name.socket);
    return zone;
  }
  std::string package = "package-" + std::to_string(name.socket);
  if (name.die) package += "-die-" + std::to_string(*name.die);
  zone.component = package + std::string{part_of(name.domain)};
  if (is_inside(name.domain)) zone.contained_in = std::move(package);
  return zone;
}

bool in_order(const ZoneName& a, const ZoneName& b) {
  const auto key = [](const ZoneName& name) {
    return std::tuple{name.domain == RaplDomain::psys, name.socket, name.die, name.domain};
  };
  return key(a) < key(b);
}

Result<std::uint64_t> parse_energy(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return fail(Errc::broken, "energy_uj is empty");
  const auto energy = parse_number<std::uint64_t>(text);
  if (!energy)
    return fail(Errc::malformed, "energy_uj is not a number: \"" + clean_label(text, 40) + "\"");
  return *energy;
}

std::optional<ZoneDirectory> parse_zone_directory(std::string_view directory) {
  const auto first = directory.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::string_view control = directory.substr(0, first);
  if (!control.starts_with("intel-rapl")) return std::nullopt;
  const auto last = directory.rfind(':');
  return ZoneDirectory{std::string{control},
                       std::string{last == first ? std::string_view{} : directory.substr(0, last)}};
}

}  // namespace sobriety::agent
