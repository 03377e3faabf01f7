#include "tests/support/player/scenario.hpp"

#include "proto/runtime/yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace sobriety::player {

namespace {

using namespace std::chrono_literals;

constexpr auto most_time = 24h * 365;
constexpr std::int64_t most_energy = std::numeric_limits<std::int64_t>::max();

constexpr std::array errors{Choice<int>{"EIO", EIO},       Choice<int>{"ENODEV", ENODEV},
                            Choice<int>{"EAGAIN", EAGAIN}, Choice<int>{"EACCES", EACCES},
                            Choice<int>{"EINVAL", EINVAL}, Choice<int>{"ENODATA", ENODATA}};

enum class FaultKind { jump, reset, suspend, error, absence };
constexpr std::array fault_kinds{
    Choice<FaultKind>{"jump", FaultKind::jump}, Choice<FaultKind>{"reset", FaultKind::reset},
    Choice<FaultKind>{"suspend", FaultKind::suspend}, Choice<FaultKind>{"error", FaultKind::error},
    Choice<FaultKind>{"absence", FaultKind::absence}};

Elapsed read_lasting(yaml::Section& section) {
  std::chrono::milliseconds time = 1s;
  section.read("lasts", time, {1ms, most_time});
  return time;
}

PowerCurve read_power(yaml::Section& zone) {
  std::vector<std::string> texts;
  std::vector<PowerPiece> pieces;
  zone.read("power", texts, {0, 1000}, {1, 100});
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto piece = parse_power_piece(texts[i]);
    if (piece)
      pieces.push_back(piece.value());
    else
      zone.refuse_item("power", i, piece.error().message);
  }
  return PowerCurve{std::move(pieces)};
}

Zone read_zone(yaml::Section section, std::string directory) {
  Zone zone;
  zone.directory = std::move(directory);
  section.read("name", zone.name, {1, 64});
  section.read("mirrors", zone.mirrors, {1, 64});
  section.read("range", zone.range, {1, most_energy});
  section.read("start", zone.start, {0, most_energy});
  section.read("max_power", zone.max_power, {1, 100'000});
  zone.power = read_power(section);
  if (zone.name.empty()) section.refuse("name", "a zone wants a name such as package-0");
  return zone;
}

bool has_zone(const std::vector<Zone>& zones, std::string_view directory) {
  return std::ranges::find(zones, directory, &Zone::directory) != zones.end();
}

std::string read_zone_of(yaml::Section& section, const std::vector<Zone>& zones, bool all_allowed) {
  std::string zone;
  section.read("zone", zone, {1, 64});
  if (zone.empty() ? !all_allowed : !has_zone(zones, zone))
    section.refuse("zone", "expected the directory of one of the zones");
  return zone;
}

Fault read_fault(yaml::Section section, const std::vector<Zone>& zones) {
  Fault fault;
  std::chrono::milliseconds at{0};
  section.read("at", at, {0ms, most_time});
  fault.at = at;
  auto kind = FaultKind::reset;
  section.read("what", kind, fault_kinds);
  switch (kind) {
    case FaultKind::jump: {
      Jump jump{read_zone_of(section, zones, false), 0};
      section.read("joules", jump.joules, {-1'000'000, 1'000'000});
      fault.what = std::move(jump);
      break;
    }
    case FaultKind::reset:
      fault.what = Reset{read_zone_of(section, zones, true)};
      break;
    case FaultKind::suspend:
      fault.what = Suspend{read_lasting(section)};
      break;
    case FaultKind::error: {
      ReadError error{"", EIO, read_lasting(section)};
      section.read("path", error.path, {1, 1000});
      section.read("error", error.error, errors);
      fault.what = std::move(error);
      break;
    }
    case FaultKind::absence:
      fault.what = Absence{read_zone_of(section, zones, false), read_lasting(section)};
      break;
  }
  return fault;
}

}  // namespace

Result<Scenario> load_scenario(const std::filesystem::path& path) {
  BOOST_OUTCOME_TRY(const auto document, yaml::load(path));
  return read_scenario(document);
}

Result<Scenario> read_scenario(const yaml::Document& document) {
  Scenario scenario;
  yaml::Reader reader{document};
  auto root = reader.root();
  auto uptime = std::chrono::duration_cast<std::chrono::milliseconds>(scenario.uptime);
  root.read("uptime", uptime, {0ms, most_time});
  scenario.uptime = uptime;
  auto zones = reader.section("zones");
  for (const std::string& directory : zones.keys())
    scenario.zones.push_back(read_zone(zones.section(directory), directory));
  for (const Zone& zone : scenario.zones)
    if (!zone.mirrors.empty() && !has_zone(scenario.zones, zone.mirrors))
      zones.section(zone.directory).refuse("mirrors", "expected the directory of another zone");
  auto faults = reader.section("faults");
  for (const std::string& name : faults.keys())
    scenario.faults.push_back(read_fault(faults.section(name), scenario.zones));
  std::ranges::stable_sort(scenario.faults, {}, &Fault::at);
  return reader.finish(std::move(scenario));
}

}  // namespace sobriety::player
