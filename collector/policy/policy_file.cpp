#include "collector/policy/policy_file.hpp"

#include "collector/policy/inventory_files.hpp"
#include "collector/policy/policy_reader.hpp"
#include "proto/runtime/read_file.hpp"

#include <algorithm>
#include <set>

namespace sobriety::collector::policy {

namespace {

constexpr std::size_t most_exemptions = 10'000;

using Calendars = Named<std::shared_ptr<const Calendar>>;
constexpr yaml::Range<double> prices{0, 1e6};

void read_off_peak(yaml::Section section, Tariff& tariff, const Calendars& calendars) {
  if (section.keys().empty()) return;
  section.read("per_kwh", tariff.off_peak_per_kwh, prices);
  if (const auto* calendar = read_reference(section, "outside", calendars, "calendar"))
    tariff.peak = *calendar;
  for (const auto* key : {"per_kwh", "outside"})
    if (!has(section, key))
      section.refuse(key, "is missing: an off-peak price holds outside the hours of a calendar");
}

Named<Tariff> read_tariffs(yaml::Section section, const Calendars& calendars) {
  Named<Tariff> tariffs;
  for (const std::string& name : section.keys()) {
    auto entry = section.section(name);
    Tariff& tariff = tariffs[name];
    entry.read("currency", tariff.currency, {3, 3});
    entry.read("per_kwh", tariff.per_kwh, prices);
    read_off_peak(entry.section("off_peak"), tariff, calendars);
    for (const auto* key : {"currency", "per_kwh"})
      if (!has(entry, key)) entry.refuse(key, "is missing");
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (!std::ranges::all_of(tariff.currency, is_capital))
      entry.refuse("currency", "expected a code of ISO 4217 such as EUR");
  }
  return tariffs;
}

// What sites refer to by name.
struct Tables {
  Calendars calendars;
  Named<Tariff> tariffs;
  Named<std::shared_ptr<const CarbonZone>> carbon;
};

Site read_site(yaml::Section section, Site site, const Tables& tables) {
  if (const auto* calendar = read_reference(section, "calendar", tables.calendars, "calendar"))
    site.calendar = *calendar;
  if (const auto* tariff = read_reference(section, "tariff", tables.tariffs, "tariff"))
    site.tariff = *tariff;
  if (const auto* zone = read_reference(section, "carbon", tables.carbon, "carbon zone"))
    site.carbon = *zone;
  section.read("pue", site.pue, {1, 10});
  return site;
}

void read_sites(yaml::Section section, const Tables& tables, PolicyParts& parts) {
  constexpr std::string_view of_others = "default";
  parts.default_site = read_site(section.section(of_others), parts.default_site, tables);
  for (const std::string& name : section.keys())
    if (name != of_others)
      parts.sites[name] = read_site(section.section(name), parts.default_site, tables);
}

void read_inventory_section(yaml::Section section, PolicyParts& parts, const Reading& reading) {
  section.read("site_by_location", parts.site_by_location);
  section.read("department_by_entity", parts.department_by_entity);
  auto of_columns = section.section("columns");
  InventoryColumns columns;
  for (auto& [key, column] : {std::pair<std::string_view, std::string*>{"name", &columns.name},
                              {"entity", &columns.entity},
                              {"location", &columns.location},
                              {"owner", &columns.owner},
                              {"purchased", &columns.purchased}})
    of_columns.read(key, *column, name_length);
  const auto file = reading.file(section, "file");
  if (!file) return;
  auto inventory = read_inventory(file->content, file->name, columns);
  if (!inventory) return section.refuse("file", inventory.error().message);
  parts.assets = std::move(inventory.value().assets);
  for (auto& note : inventory.value().notes) reading.notes.push_back(std::move(note));
  if (const auto groups = parts.assets.groups(); groups > most_groups)
    section.refuse("file", file->name + ": has " + std::to_string(groups) +
                               " pairs of a location and an entity, " +
                               std::to_string(most_groups) +
                               " at most are taken: let fewer columns tell site and department");
}

void read_headcount_section(yaml::Section section, PolicyParts& parts, const Reading& reading) {
  const auto file = reading.file(section, "file");
  if (!file) return;
  auto headcounts = read_headcounts(file->content, file->name);
  if (!headcounts) return section.refuse("file", headcounts.error().message);
  parts.headcounts = std::move(headcounts).value();
}

ExemptionRule read_exemption(yaml::Section section, const std::string& name) {
  ExemptionRule rule;
  rule.exemption.name = name;
  section.read("hostname", rule.hostname, {1, 1000}, name_length);
  section.read("owner", rule.exemption.owner, name_length);
  section.read("reason", rule.exemption.reason, {1, 500});
  if (const auto from = read_date(section, "from")) rule.from = *from;
  if (const auto until = read_date(section, "until")) rule.until = *until;
  for (const auto* key : {"hostname", "owner", "reason", "until"})
    if (!has(section, key))
      section.refuse(key, "is missing: an exemption has an owner, a reason and a last day");
  if (has(section, "until") && rule.until < rule.from) section.refuse("until", "is before from");
  return rule;
}

void read_exemptions(yaml::Section section, PolicyParts& parts) {
  const auto names = section.keys();
  if (names.size() > most_exemptions)
    section.refuse(names[most_exemptions], "is one exemption too many: at most 10000");
  for (const std::string& name : names)
    parts.exemptions.push_back(read_exemption(section.section(name), name));
}

// Sites that rules name and `sites` lacks: often a slip, and never an error.
void note_plain_sites(const PolicyParts& parts, std::vector<std::string>& notes) {
  std::set<std::string> named;
  for (const Rule& rule : parts.rules)
    if (rule.grant.site && !parts.sites.contains(*rule.grant.site)) named.insert(*rule.grant.site);
  if (parts.sites.empty()) return;
  for (const std::string& site : named)
    notes.push_back("the site '" + yaml::shown(site) +
                    "' of rules is not in sites: it has what sites.default has");
}

}  // namespace

bool has(const yaml::Section& section, std::string_view key) {
  const auto keys = section.keys();
  return std::ranges::find(keys, key) != keys.end();
}

std::optional<std::string> read_text(yaml::Section& section, std::string_view key) {
  std::string text;
  section.read(key, text, name_length);
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<Date> read_date(yaml::Section& section, std::string_view key) {
  const auto text = read_text(section, key);
  if (!text) return std::nullopt;
  const auto date = parse_date(*text);
  if (!date)
    section.refuse(key, "expected a date such as 2026-12-31, got '" + yaml::shown(*text) + "'");
  return date;
}

void refuse_reference(yaml::Section& section, std::string_view key, const std::string& name,
                      const std::vector<std::string>& known, std::string_view what) {
  std::string list;
  for (const std::string& each : known) {
    if (list.size() > 200) {
      list += ", …";
      break;
    }
    list += (list.empty() ? "" : ", ") + yaml::shown(each);
  }
  section.refuse(key, "there is no " + std::string{what} + " '" + yaml::shown(name) + "'" +
                          (list.empty() ? "" : "; there are " + list));
}

Result<Reading::File> Reading::open(const std::string& name) const {
  const auto path = files.directory / name;
  BOOST_OUTCOME_TRY(auto content, files.read(path, most_table_bytes));
  return File{path.string(), std::move(content)};
}

std::optional<Reading::File> Reading::file(yaml::Section& section, std::string_view key) const {
  std::string name;
  section.read(key, name, {1, 4095});
  if (name.empty()) return std::nullopt;
  auto file = open(name);
  if (file) return std::move(file).value();
  section.refuse(key, file.error().message);
  return std::nullopt;
}

Result<LoadedPolicy> load_policy(const std::filesystem::path& path) {
  BOOST_OUTCOME_TRY(const auto document, yaml::load(path, policy_limits));
  return read_policy(document, {.read = read_file, .directory = path.parent_path()});
}

Result<LoadedPolicy> read_policy(const yaml::Document& document, const PolicyFiles& files) {
  yaml::Reader reader{document};
  std::vector<std::string> notes;
  const Reading reading{files, notes};
  PolicyParts parts;
  auto root = reader.root();
  Tables tables;
  tables.calendars = read_calendars(root.section("calendars"), reading);
  tables.tariffs = read_tariffs(root.section("tariffs"), tables.calendars);
  tables.carbon = read_carbon(root.section("carbon"), reading);
  read_sites(root.section("sites"), tables, parts);
  read_inventory_section(root.section("inventory"), parts, reading);
  read_headcount_section(root.section("headcount"), parts, reading);
  read_thresholds(root.section("thresholds"), parts);
  read_profiles(root.section("profiles"), parts);
  read_exemptions(root.section("exemptions"), parts);
  read_rules(root.section("rules"), parts);
  note_plain_sites(parts, notes);
  return reader.finish(LoadedPolicy{Policy{std::move(parts)}, std::move(notes)});
}

}  // namespace sobriety::collector::policy
