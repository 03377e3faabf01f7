#include "collector/policy/carbon_files.hpp"
#include "collector/policy/inventory_files.hpp"
#include "collector/policy/timestamp.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sobriety::collector::policy {
namespace {

using namespace std::chrono_literals;

Result<CarbonSeries> read(std::string_view format, std::string_view text,
                          CarbonQuery query = {"FR"}) {
  const auto formats = carbon_formats();
  const auto found = std::ranges::find(formats, format, &CarbonFormat::name);
  return found->read(text, "c.csv", query);
}

std::string error_of(std::string_view format, std::string_view text,
                     const CarbonQuery& query = {"FR"}) {
  const auto series = read(format, text, query);
  return series ? "" : series.error().message;
}

// "2026-07-14T06:30Z 51.5", one a reading.
std::vector<std::string> shown(const CarbonSeries& series) {
  std::vector<std::string> lines;
  for (const auto& reading : series.readings)
    lines.push_back(timestamp_text(reading.time) + " " +
                    std::to_string(reading.grams_per_kwh).substr(0, 4));
  return lines;
}

constexpr std::string_view plain_columns = "timestamp,zone,g_per_kwh,source,scope\n";

std::string plain(std::string_view rows) { return std::string{plain_columns}.append(rows); }

TEST(PlainCarbon, is_read_in_order_of_time_with_its_source_and_scope) {
  const auto series = read("plain", plain("2026-07-14T07:00Z,FR,52,RTE,life cycle\n"
                                          "2026-07-14T06:00Z,FR,51.5,RTE,life cycle\n"
                                          "2026-07-14T06:00Z,DE,350,SMARD,direct\n"));
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_EQ(shown(series.value()),
            (std::vector<std::string>{"2026-07-14T06:00Z 51.5", "2026-07-14T07:00Z 52.0"}));
  EXPECT_EQ(*series.value().readings[0].provenance, (Provenance{"RTE", "life cycle"}));
}

TEST(PlainCarbon, what_is_wrong_is_said_with_file_and_line) {
  struct Case {
    std::string text;
    const char* error;
  };
  const Case cases[] = {
      {"timestamp,zone,g_per_kwh,source,scope,note\n", "c.csv:1: unknown column 'note'"},
      {"timestamp,zone,g_per_kwh,source\n", "c.csv: has no column 'scope'"},
      {plain("14/07/2026,FR,52,RTE,x\n"), "c.csv:2: timestamp: expected a time in UTC"},
      {plain("2026-02-30T00:00Z,FR,52,RTE,x\n"), "c.csv:2: timestamp: expected a time in UTC"},
      {plain("2026-07-14T06:00Z,FR,nan,RTE,x\n"), "c.csv:2: g_per_kwh: expected grams"},
      {plain("2026-07-14T06:00Z,FR,-1,RTE,x\n"), "c.csv:2: g_per_kwh: expected grams"},
      {plain("2026-07-14T06:00Z,FR,,RTE,x\n"), "c.csv:2: g_per_kwh: expected grams"},
      {plain("2026-07-14T06:00Z,FR,52000,RTE,x\n"), "c.csv:2: g_per_kwh: expected grams"},
      {plain("2026-07-14T06:00Z,FR,52,,x\n"), "c.csv:2: source: expected where the figure is from"},
      {plain("2026-07-14T06:00Z,FR,52,RTE,\n"),
       "c.csv:2: scope: expected what the figure contains"},
      {plain("2026-07-14T06:00Z,DE,-1,RTE,x\n"), "c.csv:2: g_per_kwh: expected grams"},
      {plain("2026-07-14T06:00Z,DE,52,RTE,x\n"), "c.csv: has no figure of the zone 'FR'"},
      {plain("2026-07-14T06:00Z,FR,52,RTE,x\n2026-07-14T08:00+02:00,FR,53,RTE,x\n"),
       "c.csv:3: 2026-07-14T06:00Z has a figure in line 2 already"},
  };
  for (const auto& [text, error] : cases)
    EXPECT_EQ(error_of("plain", text).find(error), 0U) << error_of("plain", text);
}

TEST(Eco2mix, drops_null_and_zero_and_turns_local_time_into_utc) {
  const auto series = read("eco2mix",
                           "perimetre;nature;date_heure;consommation;taux_co2\n"
                           "France;Données définitives;2024-10-27T02:00:00+02:00;45000;31\n"
                           "France;Données définitives;2024-10-27T02:15:00+02:00;;\n"
                           "France;Données définitives;2024-10-27T02:00:00+01:00;44000;29\n"
                           "France;Données définitives;2024-10-27T02:30:00+01:00;44000;0\n");
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_EQ(shown(series.value()),
            (std::vector<std::string>{"2024-10-27T00:00Z 31.0", "2024-10-27T01:00Z 29.0"}));
  EXPECT_EQ(series.value().dropped, 2U);
  EXPECT_EQ(series.value().readings[0].provenance->source, "RTE éCO2mix");
}

TEST(Eco2mix, as_the_open_data_site_gives_it_is_read_whatever_the_order_of_its_columns) {
  // Source: RTE éCO2mix, by ODRÉ's API, first rows of a day; Licence Ouverte 2.0 (Etalab).
  constexpr std::string_view captured =
      "fioul,hydraulique,prevision_j,nature,ech_comm_italie,ech_physiques,ech_c"
      "omm_angleterre,charbon,nucleaire,date_heure,heure,solaire,perimetre,ech_"
      "comm_espagne,consommation,pompage,ech_comm_suisse,date,gaz,bioenergies,g"
      "az_cogen,taux_co2,ech_comm_allemagne_belgique,eolien,prevision_j1,record"
      "id\n"
      ",,61750,Données définitives,,,,,,2012-01-05 23:45:00+00:00,00:45,,France"
      ",,,,,2012-01-06,,,,,,,61450,0c6506b4f14cfac4dfffd0bd650b60c7a7de937e\n"
      "485.0,8542.0,62900,Données définitives,-861.0,-7369.0,-1750.0,0.0,56093."
      "0,2012-01-05 23:30:00+00:00,00:30,0.0,France,-1200.0,64862.0,-1986.0,-21"
      "74.0,2012-01-06,4296.0,686.0,ND,33.0,-1344,4116.0,62500,bf54f3998d93b728"
      "a6014448854a9aca4f928b6c\n"
      ",,63850,Données définitives,,,,,,2012-01-05 23:15:00+00:00,00:15,,France"
      ",,,,,2012-01-06,,,,,,,63400,e38567b3a13ff7da72c818098ef76b3f087ecccc\n"
      "486.0,9009.0,64800,Données définitives,-861.0,-8139.0,-1750.0,0.0,56902."
      "0,2012-01-05 23:00:00+00:00,00:00,0.0,France,-1200.0,66515.0,-1098.0,-21"
      "74.0,2012-01-06,4585.0,684.0,ND,34.0,-1344,4085.0,64300,9989e98079b8d992"
      "e744aca1649086b69eaf17d9\n";
  const auto series = read("eco2mix", captured);
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_EQ(shown(series.value()),
            (std::vector<std::string>{"2012-01-05T23:00Z 34.0", "2012-01-05T23:30Z 33.0"}));
  EXPECT_EQ(series.value().dropped, 2U);
}

TEST(Eco2mix, refuses_a_time_without_its_offset_and_a_file_without_figures) {
  EXPECT_EQ(error_of("eco2mix", "date_heure;taux_co2\n2024-10-27T02:00:00;31\n")
                .find("c.csv:2: date_heure: expected a time with its offset"),
            0U);
  EXPECT_EQ(error_of("eco2mix", "date_heure;taux_co2\n2024-10-27T02:00:00+02:00;0\n"),
            "c.csv: has no figure of the zone 'FR'");
  EXPECT_EQ(error_of("eco2mix", "date_heure;co2\n"),
            "c.csv: has no column 'taux_co2'; its columns are 'date_heure', 'co2'");
}

TEST(ElectricityMaps, is_read_with_the_column_names_of_its_years) {
  for (const auto* text :
       {"Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon "
        "Intensity "
        "gCO₂eq/kWh (LCA),Data Source\n2023-01-01 00:00:00,France,France,FR,18.2,38.5,x\n"
        "2023-01-01 01:00:00,France,France,FR,,,x\n",
        "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon "
        "intensity "
        "gCO₂eq/kWh (Life cycle),Data source\n2023-01-01 00:00:00,France,France,FR,18.2,38.5,x\n"
        "2023-01-01 01:00:00,France,France,FR,,,x\n"}) {
    const auto life_cycle = read("electricity_maps", text);
    ASSERT_TRUE(life_cycle) << life_cycle.error().message;
    EXPECT_EQ(shown(life_cycle.value()), std::vector<std::string>{"2023-01-01T00:00Z 38.5"});
    EXPECT_EQ(life_cycle.value().dropped, 1U);
    const auto direct = read("electricity_maps", text, {"FR", false});
    EXPECT_EQ(shown(direct.value()), std::vector<std::string>{"2023-01-01T00:00Z 18.2"});
    EXPECT_EQ(direct.value().readings[0].provenance->scope, "direct");
  }
}

TEST(Owid, gives_the_years_of_a_country) {
  constexpr std::string_view text =
      "Entity,Code,Year,Carbon intensity of electricity - gCO2/KWh\n"
      "France,FRA,2023,55.28\nFrance,FRA,2024,44.18\nGermany,DEU,2024,344\nEurope,,2024,290.5\n";
  EXPECT_EQ(read_owid(text, "o.csv", "FRA").value(),
            (std::map<int, double>{{2023, 55.28}, {2024, 44.18}}));
  EXPECT_EQ(read_owid(text, "o.csv", "Europe").value(), (std::map<int, double>{{2024, 290.5}}));
  EXPECT_EQ(read_owid(text, "o.csv", "FR").error().message,
            "o.csv: has no figure of the code 'FR'");
  EXPECT_EQ(read_owid("Entity,Code,Year,a,b\n", "o.csv", "FRA")
                .error()
                .message.find("o.csv:1: expected the columns"),
            0U);
  EXPECT_EQ(read_owid("Entity,Code,Year,a\nFrance,FRA,2023,-5\n", "o.csv", "FRA")
                .error()
                .message.find("o.csv:2: a: expected grams"),
            0U);
  EXPECT_EQ(
      read_owid("Entity,Code,Year,a\nF,FRA,2023,5\nF,FRA,2023,6\n", "o.csv", "FRA").error().message,
      "o.csv:3: the year 2023 of 'FRA' is there twice");
}

constexpr std::string_view glpi =
    "\"Nom\";\"Entité\";\"Statut\";\"Lieu\";\"Groupe\";\"Date d'achat\";\n"
    "\"PC-0007\";\"Metropole > DSI\";\"En production\";\"Hotel de "
    "ville\";\"Postes\";\"15-03-2021\";\n"
    "\"pc-0008\";\"Metropole > Voirie\";\"\";\"\";\"\";\"\";\n"
    "\"pc-0007\";\"Metropole > RH\";\"\";\"\";\"\";\"2022-01-01\";\n";

TEST(Inventory, is_read_from_an_export_of_glpi) {
  InventoryColumns columns;
  columns.owner = "Groupe";
  const auto inventory = read_inventory(glpi, "glpi.csv", columns);
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_EQ(inventory.value().assets.size(), 2U);
  const Asset* asset = inventory.value().assets.find("pc-0007.lan");
  ASSERT_NE(asset, nullptr);
  EXPECT_EQ(asset->entity, "Metropole > DSI");
  EXPECT_EQ(asset->location, "Hotel de ville");
  EXPECT_EQ(asset->owner, "Postes");
  EXPECT_EQ(date_text(asset->purchased.value()), "2021-03-15");
  EXPECT_EQ(
      inventory.value().notes,
      std::vector<std::string>{"glpi.csv:4: 'pc-0007' is there already; its first line counts"});
  EXPECT_FALSE(inventory.value().assets.find("pc-0008")->purchased);
}

TEST(Inventory, owners_come_only_from_the_column_that_is_named) {
  const auto inventory = read_inventory(glpi, "glpi.csv", {}).value();
  EXPECT_EQ(inventory.assets.find("pc-0007")->owner, "");
}

TEST(Inventory, what_is_wrong_is_said_with_file_and_line) {
  const auto error = [](std::string_view text, InventoryColumns columns = {}) {
    const auto inventory = read_inventory(text, "glpi.csv", columns);
    return inventory ? "" : inventory.error().message;
  };
  EXPECT_EQ(error("Hostname,Entity\n"),
            "glpi.csv: has no column 'Name'; its columns are 'Hostname', 'Entity'");
  EXPECT_EQ(error("Name,Entity\n",
                  {.name = "", .entity = "", .location = "Room", .owner = "", .purchased = ""}),
            "glpi.csv: has no column 'Room'; its columns are 'Name', 'Entity'");
  EXPECT_EQ(error("Name,Entity\n ,x\n"),
            "glpi.csv:2: Name: expected the name of a machine, got ' '");
  EXPECT_EQ(error("Name,Date of purchase\na,31-02-2021\n"),
            "glpi.csv:2: Date of purchase: expected a date such as 2021-03-15 or 15-03-2021, got "
            "'31-02-2021'");
}

TEST(Headcounts, are_read_by_site_and_department) {
  const auto read_all = [](std::string_view text) { return read_headcounts(text, "h.csv"); };
  const auto headcounts = read_all("site;department;headcount\nmairie;dsi;42\nmairie;rh;0\n");
  ASSERT_TRUE(headcounts) << headcounts.error().message;
  EXPECT_EQ(headcounts.value().at({"mairie", "dsi"}), 42U);
  EXPECT_EQ(
      read_all("site,department,people\n").error().message.find("h.csv:1: unknown column 'people'"),
      0U);
  EXPECT_EQ(read_all("site,department,headcount\na,b,-3\n")
                .error()
                .message.find("h.csv:2: headcount: expected"),
            0U);
  EXPECT_EQ(read_all("site,department,headcount\na,,3\n")
                .error()
                .message.find("h.csv:2: department: expected"),
            0U);
  EXPECT_EQ(read_all("site,department,headcount\na,b,3\na,b,3\n")
                .error()
                .message.find("h.csv:3: this site"),
            0U);
}

}  // namespace
}  // namespace sobriety::collector::policy
