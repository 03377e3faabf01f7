// The rows of a report and their indicators. Pure: what a figure is made of is said beside it; a
// figure that cannot be told is absent, never zero.
#pragma once

#include "collector/report/sums.hpp"

#include <optional>

namespace sobriety::collector::report {

struct Row {
  std::string site, department, role;
  std::uint32_t parts = 1;  // groups in this row
  std::uint32_t hosts = 0;
  std::optional<std::uint32_t> headcount;  // of its departments; absent unless all are given
  double coverage = 0;                     // known time / (hosts x period)
  double kwh = 0, kwh_low = 0, kwh_high = 0;
  std::optional<double> measured;              // measured energy / energy
  std::optional<double> kwh_room;              // servers: sum of energy x PUE of the site
  std::optional<double> pue;                   // kwh_room / energy of the servers
  std::optional<double> kwh_workstation_year;  // of machines that people sit at: a year's / hosts
  std::optional<double> kwh_head_year;         // a year's energy / headcount
  double hours_on = 0, hours_active = 0, hours_idle = 0,
         hours_unjudged = 0;  // on = the other three
  double hours_suspended = 0, hours_off = 0;
  double hours_unknown = 0;        // hosts x period - on - suspended - off
  std::optional<double> idle;      // idle / on
  std::optional<double> night_on;  // nights on for more than 30 minutes / nights known
  std::optional<double> weekend_on;
  double kwh_wasted = 0, kwh_avoidable = 0;
  std::optional<double> cost_avoidable_year;
  std::uint32_t underused = 0, comatose = 0;  // servers; comatose: the confirmed included
  std::uint32_t exemptions = 0;               // hosts
  std::optional<double> g_per_kwh;            // g / the energy that has a factor
  double factor_coverage = 0;                 // energy that has a factor / energy
  std::string factor_source, factor_year, factor_scope, factor_level;  // "+" between several
  std::optional<double> co2e_kg;  // of the energy that has a factor
  std::optional<double> tariff;   // cost / energy
  std::string currency;           // "" where there is none or more than one
  std::optional<double> cost;
  std::optional<double> change;           // a year's energy / that of the baseline - 1
  std::optional<double> change_per_host;  // the same, each per host
};

struct Report {
  std::vector<Row> rows;
  std::vector<Row> roles;  // a row a role, over all sites
  Row total;
  Windows nights, weekends;    // of the machines that people sit at, of the rows
  std::uint32_t withheld = 0;  // hosts
  std::uint32_t merged = 0;    // groups
  std::uint32_t left_out = 0;  // hosts that are in a row and not in the total
};

[[nodiscard]] Report make_report(const Input& input);

// A year is 365.25 days.
inline constexpr double seconds_a_year = 365.25 * 86'400;

}  // namespace sobriety::collector::report
