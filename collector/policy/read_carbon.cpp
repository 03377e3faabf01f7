#include "collector/policy/carbon_files.hpp"
#include "collector/policy/policy_reader.hpp"
#include "collector/policy/timestamp.hpp"
#include "proto/base/text.hpp"

#include <algorithm>

namespace sobriety::collector::policy {

namespace {

constexpr yaml::Range<double> grams{0, 5000};
constexpr yaml::Range<int> years{1900, 2100};

const CarbonFormat* read_format(yaml::Section& section) {
  std::string name{carbon_formats().front().name};
  section.read("format", name, {1, 40});
  std::string known;
  for (const CarbonFormat& format : carbon_formats()) {
    if (format.name == name) return &format;
    known.append(known.empty() ? "" : " or ").append(format.name);
  }
  section.refuse("format", "expected " + known + ", got '" + yaml::shown(name) + "'");
  return nullptr;
}

void note_holes(const CarbonZone& zone, const std::string& name, std::size_t dropped,
                std::vector<std::string>& notes) {
  if (dropped > 0)
    notes.push_back("carbon." + name + ": " + std::to_string(dropped) +
                    " rows have no figure and are left out");
  const auto holes = zone.holes();
  if (holes.empty()) return;
  std::int64_t hours = 0;
  for (const Hole& hole : holes) hours += (hole.to - hole.from).count();
  const auto fallback = zone.factor_at(holes.front().from);
  notes.push_back(
      "carbon." + name + ": " + std::to_string(hours) +
      " hours between the first and "
      "the last have no factor, the first of them at " +
      timestamp_text(holes.front().from) + ": " +
      (fallback ? "they take the " + std::string{to_string(fallback->level)} + " one, and say so"
                : "their emissions cannot be told"));
}

void read_hourly(yaml::Section section, const std::string& name, CarbonZone& zone,
                 const Reading& reading) {
  CarbonQuery query{.zone = name, .life_cycle = true};
  section.read("zone", query.zone, name_length);
  section.read("life_cycle", query.life_cycle);
  const CarbonFormat* format = read_format(section);
  std::vector<std::string> files;
  section.read("files", files, {0, 100}, {1, 4095});
  std::map<std::chrono::sys_seconds, std::string> taken;
  std::size_t dropped = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto file = reading.open(files[i]);
    if (!file) {
      section.refuse_item("files", i, file.error().message);
      continue;
    }
    if (format == nullptr) continue;
    const auto series = format->read(file.value().content, file.value().name, query);
    if (!series) {
      section.refuse_item("files", i, series.error().message);
      continue;
    }
    dropped += series.value().dropped;
    for (const CarbonReading& row : series.value().readings) {
      if (const auto [entry, added] = taken.emplace(row.time, files[i]); !added) {
        section.refuse_item("files", i,
                            timestamp_text(row.time) + " has a figure in " +
                                yaml::shown(entry->second) + " already");
        break;
      }
      zone.add_hourly(std::chrono::floor<std::chrono::hours>(row.time), row.grams_per_kwh,
                      row.provenance);
    }
  }
  note_holes(zone, name, dropped, reading.notes);
}

// Source and scope, without which no factor is taken.
std::shared_ptr<const Provenance> read_provenance(yaml::Section& section) {
  Provenance provenance;
  section.read("source", provenance.source, name_length);
  section.read("scope", provenance.scope, name_length);
  for (const auto* key : {"source", "scope"})
    if (!has(section, key)) section.refuse(key, "is missing: no factor counts without it");
  return std::make_shared<Provenance>(std::move(provenance));
}

void read_annual(yaml::Section section, const std::string& name, CarbonZone& zone,
                 const Reading& reading) {
  const auto provenance = read_provenance(section);
  auto of_years = section.section("years");
  for (const std::string& text : of_years.keys()) {
    const auto year = parse_number<int>(text);
    double value = -1;
    of_years.read(text, value, grams);
    if (!year || *year < years.min || *year > years.max) {
      of_years.refuse(text, "expected a year, 1900 to 2100");
    } else if (value >= 0) {
      zone.set_annual(*year, value, provenance);
    }
  }
  std::string code = name;
  section.read("code", code, name_length);
  const auto file = reading.file(section, "file");
  if (!file) return;
  const auto read = read_owid(file->content, file->name, code);
  if (!read) return section.refuse("file", read.error().message);
  for (const auto& [year, value] : read.value()) zone.set_annual(year, value, provenance);
}

void read_constant(yaml::Section section, CarbonZone& zone) {
  const auto provenance = read_provenance(section);
  double value = -1;
  int year = 0;
  section.read("g_per_kwh", value, grams);
  section.read("year", year, years);
  for (const auto* key : {"g_per_kwh", "year"})
    if (!has(section, key)) section.refuse(key, "is missing");
  if (value >= 0) zone.set_constant(year, value, provenance);
}

}  // namespace

Named<std::shared_ptr<const CarbonZone>> read_carbon(yaml::Section section,
                                                     const Reading& reading) {
  Named<std::shared_ptr<const CarbonZone>> zones;
  for (const std::string& name : section.keys()) {
    CarbonZone zone{name};
    auto of_zone = section.section(name);
    // The coarser ones first: notes on holes tell what they fall back to.
    if (has(of_zone, "constant")) read_constant(of_zone.section("constant"), zone);
    if (has(of_zone, "annual")) read_annual(of_zone.section("annual"), name, zone, reading);
    read_hourly(of_zone.section("hourly"), name, zone, reading);
    zones[name] = std::make_shared<CarbonZone>(std::move(zone));
  }
  return zones;
}

}  // namespace sobriety::collector::policy
