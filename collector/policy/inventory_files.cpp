#include "collector/policy/inventory_files.hpp"

#include "collector/policy/csv.hpp"
#include "proto/base/text.hpp"
#include "proto/runtime/yaml.hpp"

#include <array>
#include <optional>
#include <span>

namespace sobriety::collector::policy {

namespace {

constexpr std::size_t most_notes = 20;
constexpr unsigned most_people = 1'000'000;

auto refuse(Error error) { return fail(error.code, std::move(error.message)); }

// 2021-03-15, 15-03-2021 or 15/03/2021.
std::optional<Date> parse_purchase_date(std::string_view text) {
  if (const auto date = parse_date(text)) return date;
  if (text.size() != 10 || text[2] != text[5] || (text[2] != '-' && text[2] != '/'))
    return std::nullopt;
  const auto turned = std::string{text.substr(6)} + "-" + std::string{text.substr(3, 2)} + "-" +
                      std::string{text.substr(0, 2)};
  return parse_date(turned);
}

using Column = std::optional<std::size_t>;

// Where a column is: the one that the configuration names, else the first of the usual names that
// is there.
Result<Column> locate(const Csv& csv, const std::string& named,
                      std::span<const std::string_view> usual) {
  if (!named.empty()) {
    const std::string_view name = named;
    BOOST_OUTCOME_TRY(const std::size_t at, csv.column({&name, 1}));
    return Column{at};
  }
  for (const std::string_view name : usual)
    if (const auto at = csv.find(name)) return at;
  return Column{};
}

struct Located {
  std::size_t name;
  Column entity;
  Column location;
  Column owner;
  Column purchased;
};

Result<Located> locate(const Csv& csv, const InventoryColumns& columns) {
  constexpr std::array<std::string_view, 2> names{"Name", "Nom"};
  constexpr std::array<std::string_view, 2> entities{"Entity", "Entité"};
  constexpr std::array<std::string_view, 2> locations{"Location", "Lieu"};
  constexpr std::array<std::string_view, 2> purchases{"Date of purchase", "Date d'achat"};
  Located at{};
  const std::string_view named = columns.name;
  BOOST_OUTCOME_TRY(at.name, named.empty() ? csv.column(names) : csv.column({&named, 1}));
  BOOST_OUTCOME_TRY(at.entity, locate(csv, columns.entity, entities));
  BOOST_OUTCOME_TRY(at.location, locate(csv, columns.location, locations));
  BOOST_OUTCOME_TRY(at.owner, locate(csv, columns.owner, {}));
  BOOST_OUTCOME_TRY(at.purchased, locate(csv, columns.purchased, purchases));
  return at;
}

std::string text_at(const Csv& csv, Column column) {
  return column ? std::string{trimmed(csv[*column])} : std::string{};
}

}  // namespace

Result<InventoryFile> read_inventory(std::string_view text, const std::string& file,
                                     const InventoryColumns& columns) {
  BOOST_OUTCOME_TRY(auto csv, Csv::open(text, file));
  BOOST_OUTCOME_TRY(const Located at, locate(csv, columns));
  InventoryFile inventory;
  std::size_t repeated = 0;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, csv.next());
    if (!more) break;
    const auto name = trimmed(csv[at.name]);
    if (name.empty()) return refuse(csv.error(at.name, "the name of a machine"));
    Asset asset{text_at(csv, at.entity), text_at(csv, at.location), text_at(csv, at.owner), {}};
    if (const auto date = text_at(csv, at.purchased); !date.empty()) {
      asset.purchased = parse_purchase_date(date);
      if (!asset.purchased)
        return refuse(csv.error(*at.purchased, "a date such as 2021-03-15 or 15-03-2021"));
    }
    if (inventory.assets.add(name, std::move(asset))) continue;
    if (++repeated <= most_notes)
      inventory.notes.push_back(
          csv.error("'" + yaml::shown(name) + "' is there already; its first line counts").message);
  }
  if (repeated > most_notes)
    inventory.notes.push_back(file + ": " + std::to_string(repeated) +
                              " lines in all are of machines that are there already");
  return inventory;
}

Result<Headcounts> read_headcounts(std::string_view text, const std::string& file) {
  constexpr std::array<std::string_view, 3> names{"site", "department", "headcount"};
  BOOST_OUTCOME_TRY(auto csv, Csv::open(text, file));
  BOOST_OUTCOME_TRY(csv.allow_only(names));
  std::array<std::size_t, names.size()> at{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    BOOST_OUTCOME_TRY(at[i], csv.column({&names[i], 1}));
  }
  Headcounts headcounts;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, csv.next());
    if (!more) return headcounts;
    const auto people = parse_number<unsigned>(csv[at[2]]);
    if (!people || *people > most_people)
      return refuse(csv.error(at[2], "a number of people, 0 to 1000000"));
    if (csv[at[0]].empty()) return refuse(csv.error(at[0], "a site"));
    if (csv[at[1]].empty()) return refuse(csv.error(at[1], "a department"));
    if (!headcounts.emplace(std::pair{csv[at[0]], csv[at[1]]}, *people).second)
      return refuse(csv.error("this site and department are there already"));
  }
}

}  // namespace sobriety::collector::policy
