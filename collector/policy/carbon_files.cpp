#include "collector/policy/carbon_files.hpp"

#include "collector/policy/csv.hpp"
#include "collector/policy/timestamp.hpp"
#include "proto/base/text.hpp"
#include "proto/runtime/values.hpp"
#include "proto/runtime/yaml.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sobriety::collector::policy {

namespace {

// Coal without any capture has about 1,000 g/kWh; beyond this a column is in another unit.
constexpr double most_grams = 5000;
constexpr std::string_view expected_grams = "grams of CO2 a kWh, 0 to 5000";

auto refuse(Error error) { return fail(error.code, std::move(error.message)); }

std::optional<double> grams(const Csv& csv, std::size_t column) {
  const auto number = csv.number(column);
  if (!number || *number < 0 || *number > most_grams) return std::nullopt;
  return number;
}

bool has_figure(const Csv& csv, std::size_t column) {
  const auto text = trimmed(csv[column]);
  return !text.empty() && text != "null" && text != "ND";
}

// A series as it is read: its rows know their lines until it is in order.
class SeriesBuilder {
 public:
  void add(std::chrono::sys_seconds time, double grams_per_kwh,
           std::shared_ptr<const Provenance> provenance, std::size_t line) {
    rows_.push_back({{time, grams_per_kwh, std::move(provenance)}, line});
  }
  void drop() { ++dropped_; }

  Result<CarbonSeries> finish(const std::string& file, const std::string& zone) {
    if (rows_.empty())
      return fail(Errc::malformed,
                  file + ": has no figure of the zone '" + yaml::shown(zone) + "'");
    const auto time = [](const Row& row) { return row.reading.time; };
    std::ranges::stable_sort(rows_, {}, time);
    const auto twice = std::ranges::adjacent_find(rows_, {}, time);
    if (twice != rows_.end())
      return fail(Errc::malformed, file + ":" + std::to_string(std::next(twice)->line) + ": " +
                                       timestamp_text(twice->reading.time) +
                                       " has a figure in line " + std::to_string(twice->line) +
                                       " already; keep one of them");
    CarbonSeries series;
    series.dropped = dropped_;
    series.readings.reserve(rows_.size());
    for (Row& row : rows_) series.readings.push_back(std::move(row.reading));
    return series;
  }

 private:
  struct Row {
    CarbonReading reading;
    std::size_t line;
  };
  std::vector<Row> rows_;
  std::size_t dropped_ = 0;
};

// timestamp,zone,g_per_kwh,source,scope
Result<CarbonSeries> read_plain(std::string_view text, const std::string& file,
                                const CarbonQuery& query) {
  constexpr std::array<std::string_view, 5> names{"timestamp", "zone", "g_per_kwh", "source",
                                                  "scope"};
  BOOST_OUTCOME_TRY(auto csv, Csv::open(text, file));
  BOOST_OUTCOME_TRY(csv.allow_only(names));
  std::array<std::size_t, names.size()> at{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    BOOST_OUTCOME_TRY(at[i], csv.column({&names[i], 1}));
  }
  const auto [time_at, zone_at, grams_at, source_at, scope_at] = at;
  SeriesBuilder series;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const Provenance>> known;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, csv.next());
    if (!more) return series.finish(file, query.zone);
    const auto time = parse_timestamp(csv[time_at], WithoutOffset::is_utc);
    if (!time) return refuse(csv.error(time_at, "a time in UTC such as 2026-07-14T08:00Z"));
    const auto value = grams(csv, grams_at);
    if (!value) return refuse(csv.error(grams_at, expected_grams));
    if (csv[source_at].empty()) return refuse(csv.error(source_at, "where the figure is from"));
    if (csv[scope_at].empty())
      return refuse(csv.error(scope_at, "what the figure contains, such as life_cycle"));
    if (csv[zone_at] != query.zone) continue;
    auto& provenance = known[{csv[source_at], csv[scope_at]}];
    if (!provenance)
      provenance = std::make_shared<Provenance>(Provenance{csv[source_at], csv[scope_at]});
    series.add(*time, *value, provenance, csv.line());
  }
}

// The hourly exports of Electricity Maps; names of columns changed over the years.
Result<CarbonSeries> read_electricity_maps(std::string_view text, const std::string& file,
                                           const CarbonQuery& query) {
  constexpr std::array<std::string_view, 1> times{"Datetime (UTC)"};
  constexpr std::array<std::string_view, 3> zones{"Zone id", "Zone Id", "Zone ID"};
  constexpr std::array<std::string_view, 3> life_cycle{"Carbon intensity gCO₂eq/kWh (Life cycle)",
                                                       "Carbon Intensity gCO₂eq/kWh (LCA)",
                                                       "Carbon Intensity gCO₂eq/kWh (Life cycle)"};
  constexpr std::array<std::string_view, 2> direct{"Carbon intensity gCO₂eq/kWh (direct)",
                                                   "Carbon Intensity gCO₂eq/kWh (direct)"};
  BOOST_OUTCOME_TRY(auto csv, Csv::open(text, file));
  BOOST_OUTCOME_TRY(const std::size_t time_at, csv.column(times));
  BOOST_OUTCOME_TRY(const std::size_t zone_at, csv.column(zones));
  BOOST_OUTCOME_TRY(const std::size_t grams_at,
                    query.life_cycle ? csv.column(life_cycle) : csv.column(direct));
  const auto provenance = std::make_shared<Provenance>(
      Provenance{"Electricity Maps", query.life_cycle ? "life cycle" : "direct"});
  SeriesBuilder series;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, csv.next());
    if (!more) return series.finish(file, query.zone);
    const auto time = parse_timestamp(csv[time_at], WithoutOffset::is_utc);
    if (!time) return refuse(csv.error(time_at, "a time in UTC such as 2026-07-14 08:00:00"));
    if (csv[zone_at] != query.zone) continue;
    if (!has_figure(csv, grams_at)) {
      series.drop();
      continue;
    }
    const auto value = grams(csv, grams_at);
    if (!value) return refuse(csv.error(grams_at, expected_grams));
    series.add(*time, *value, provenance, csv.line());
  }
}

// RTE's éCO2mix, national: quarters or halves of an hour, of production in France and its
// combustion alone.
Result<CarbonSeries> read_eco2mix(std::string_view text, const std::string& file,
                                  const CarbonQuery& query) {
  constexpr std::array<std::string_view, 1> times{"date_heure"};
  constexpr std::array<std::string_view, 1> figures{"taux_co2"};
  BOOST_OUTCOME_TRY(auto csv, Csv::open(text, file));
  BOOST_OUTCOME_TRY(const std::size_t time_at, csv.column(times));
  BOOST_OUTCOME_TRY(const std::size_t grams_at, csv.column(figures));
  const auto provenance =
      std::make_shared<Provenance>(Provenance{"RTE éCO2mix", "production, combustion only"});
  SeriesBuilder series;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, csv.next());
    if (!more) return series.finish(file, query.zone);
    const auto time = parse_timestamp(csv[time_at], WithoutOffset::is_refused);
    if (!time)
      return refuse(csv.error(time_at, "a time with its offset such as 2026-07-14T08:00:00+02:00"));
    if (!has_figure(csv, grams_at)) {
      series.drop();
      continue;
    }
    const auto value = grams(csv, grams_at);
    if (!value) return refuse(csv.error(grams_at, expected_grams));
    if (*value == 0) {
      series.drop();
    } else {
      series.add(*time, *value, provenance, csv.line());
    }
  }
}

constexpr std::array formats{CarbonFormat{"plain", read_plain},
                             CarbonFormat{"electricity_maps", read_electricity_maps},
                             CarbonFormat{"eco2mix", read_eco2mix}};

// The columns of OWID: the figure's is whichever is not one of the three.
struct OwidColumns {
  std::size_t entity;
  std::size_t code;
  std::size_t year;
  std::size_t figure;
};

Result<OwidColumns> owid_columns(const Csv& csv, const std::string& file) {
  constexpr std::array<std::string_view, 3> names{"Entity", "Code", "Year"};
  OwidColumns at{};
  BOOST_OUTCOME_TRY(at.entity, csv.column({&names[0], 1}));
  BOOST_OUTCOME_TRY(at.code, csv.column({&names[1], 1}));
  BOOST_OUTCOME_TRY(at.year, csv.column({&names[2], 1}));
  if (csv.columns().size() != names.size() + 1)
    return fail(Errc::malformed,
                file + ":1: expected the columns Entity, Code, Year and one figure, got " +
                    std::to_string(csv.columns().size()) + " columns");
  at.figure = 6 - at.entity - at.code - at.year;  // 0 + 1 + 2 + 3
  return at;
}

}  // namespace

std::span<const CarbonFormat> carbon_formats() { return formats; }

Result<std::map<int, double>> read_owid(std::string_view text, const std::string& file,
                                        std::string_view code) {
  BOOST_OUTCOME_TRY(auto csv, Csv::open(text, file));
  BOOST_OUTCOME_TRY(const OwidColumns at, owid_columns(csv, file));
  std::map<int, double> years;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, csv.next());
    if (!more) break;
    const auto year = parse_number<int>(csv[at.year]);
    if (!year || *year < 1900 || *year > 2100)
      return refuse(csv.error(at.year, "a year, 1900 to 2100"));
    const std::string& name = csv[at.code].empty() ? csv[at.entity] : csv[at.code];
    if (name != code || !has_figure(csv, at.figure)) continue;
    const auto value = grams(csv, at.figure);
    if (!value) return refuse(csv.error(at.figure, expected_grams));
    if (!years.emplace(*year, *value).second)
      return refuse(csv.error("the year " + std::to_string(*year) + " of '" + yaml::shown(code) +
                              "' is there twice"));
  }
  if (years.empty())
    return fail(Errc::malformed, file + ": has no figure of the code '" + yaml::shown(code) + "'");
  return years;
}

}  // namespace sobriety::collector::policy
