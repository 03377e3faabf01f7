#include "collector/report/rows.hpp"

#include "tests/support/report_input.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::report {
namespace {

using test::hour_ms;
using test::kwh_uj;
using test::machine;
using test::town;

// One host, 745 hours, of the role and department given.
Input of_one(HostMonth host) {
  Input input;
  input.period.from = 0;
  input.period.to = 745 * 3600;
  input.privacy.min_group_size = 1;
  input.hosts.push_back(std::move(host));
  return input;
}

HostMonth workstation() {
  return machine("w", "s", "d", "workstation", {100, 50, 95, 200, 300}, 80, 40);
}

const Row& row_of(const Report& report, std::string_view department, std::string_view role) {
  for (const Row& row : report.rows)
    if (row.department == department && row.role == role) return row;
  ADD_FAILURE() << "no row " << department << " " << role;
  static const Row none;
  return none;
}

TEST(ReportRows, energy_is_the_sum_over_states_in_kilowatt_hours) {
  // 100 h x 80 W + 145 h x 40 W + 500 h x 1 W = 8 + 5.8 + 0.5 kWh
  const Row row = make_report(of_one(workstation())).rows.at(0);
  EXPECT_NEAR(row.kwh, 14.3, 1e-9);
  EXPECT_NEAR(row.kwh_low, 7.15, 1e-9);
  EXPECT_NEAR(row.kwh_high, 28.6, 1e-9);
  EXPECT_DOUBLE_EQ(row.measured.value(), 0);
}

TEST(ReportRows, hours_by_state_add_up_to_hosts_times_period) {
  const Report report = make_report(town());
  for (const Row& row : report.rows)
    EXPECT_NEAR(row.hours_on + row.hours_suspended + row.hours_off + row.hours_unknown,
                row.hosts * 745.0, 1e-6)
        << row.department << " " << row.role;
}

TEST(ReportRows, time_that_nobody_knows_is_unknown_and_lowers_coverage) {
  auto host = workstation();
  host.of(State::off, Hours::off) = {};                   // 300 h less are known
  host.of(State::lost, Hours::off) = {100 * hour_ms, 0};  // said to be lost, or not said at all
  const Row row = make_report(of_one(host)).rows.at(0);
  EXPECT_NEAR(row.hours_unknown, 300, 1e-9);
  EXPECT_NEAR(row.coverage, 445.0 / 745, 1e-12);
}

TEST(ReportRows, idle_share_is_of_the_time_on) {
  // (50 + 95) / (100 + 50 + 95)
  EXPECT_NEAR(make_report(of_one(workstation())).rows.at(0).idle.value(), 145.0 / 245, 1e-12);
}

TEST(ReportRows, a_machine_that_was_never_on_has_no_idle_share) {
  EXPECT_FALSE(make_report(of_one(machine("w", "s", "d", "laptop", {0, 0, 0, 0, 745}, 20, 8)))
                   .rows.at(0)
                   .idle);
}

TEST(ReportRows, a_year_is_365_25_days) {
  // 14.3 kWh in 745 h: x 8766 / 745
  EXPECT_NEAR(make_report(of_one(workstation())).rows.at(0).kwh_workstation_year.value(),
              14.3 * 8766 / 745, 1e-9);
}

TEST(ReportRows, servers_have_no_figure_a_workstation) {
  const Row row = row_of(make_report(town()), "DSI", "server");
  EXPECT_FALSE(row.kwh_workstation_year);
}

TEST(ReportRows, energy_a_head_needs_the_headcount_of_the_department) {
  Input input = of_one(workstation());
  EXPECT_FALSE(make_report(input).rows.at(0).kwh_head_year);
  input.headcounts = {{"s", "d", 2}};
  EXPECT_NEAR(make_report(input).rows.at(0).kwh_head_year.value(), 14.3 * 8766 / 745 / 2, 1e-9);
}

TEST(ReportRows, a_headcount_counts_once_in_the_total_of_its_roles) {
  // Registry 16, whose workstations and laptops are two rows; museum 4; DSI 10
  EXPECT_EQ(make_report(town()).total.headcount.value(), 30U);
}

TEST(ReportRows, rooms_are_the_energy_of_servers_times_the_pue_of_their_site) {
  // 3 servers x (200 h x 200 W + 545 h x 100 W) = 283.5 kWh; x 1.5 = 425.25
  const Row row = row_of(make_report(town()), "DSI", "server");
  EXPECT_NEAR(row.kwh, 283.5, 1e-9);
  EXPECT_NEAR(row.kwh_room.value(), 425.25, 1e-9);
  EXPECT_NEAR(row.pue.value(), 1.5, 1e-12);
  EXPECT_FALSE(row_of(make_report(town()), "État civil", "workstation").kwh_room);
}

TEST(ReportRows, a_site_without_pue_has_no_room_energy) {
  Input input = town();
  input.sites[0].pue.reset();
  EXPECT_FALSE(row_of(make_report(input), "DSI", "server").kwh_room);
  EXPECT_FALSE(make_report(input).total.kwh_room);
}

TEST(ReportRows, cost_is_energy_times_tariff_and_the_avoidable_is_brought_to_a_year) {
  Input input = of_one(workstation());
  input.sites = {{"s", std::nullopt, Tariff{0.25, "EUR"}}};
  const Row row = make_report(input).rows.at(0);
  EXPECT_NEAR(row.cost.value(), 14.3 * 0.25, 1e-9);
  // 95 h off-hours x (40 - 1) W = 3.705 kWh
  EXPECT_NEAR(row.kwh_wasted, 3.8, 1e-9);
  EXPECT_NEAR(row.kwh_avoidable, 3.705, 1e-9);
  EXPECT_NEAR(row.cost_avoidable_year.value(), 3.705 * 0.25 * 8766 / 745, 1e-9);
  EXPECT_EQ(row.currency, "EUR");
}

TEST(ReportRows, without_a_price_there_is_no_cost) {
  const Row row = make_report(of_one(workstation())).rows.at(0);
  EXPECT_FALSE(row.cost);
  EXPECT_FALSE(row.tariff);
  EXPECT_FALSE(row.cost_avoidable_year);
  EXPECT_EQ(row.currency, "");
}

TEST(ReportRows, two_currencies_have_no_common_cost) {
  Input input = town();
  input.sites[0].tariff->currency = "CHF";
  EXPECT_TRUE(row_of(make_report(input), "DSI", "server").cost);
  EXPECT_FALSE(make_report(input).total.cost);
}

TEST(ReportRows, carbon_is_energy_times_factor) {
  Input input = of_one(workstation());
  input.factors = {{"FR", 50, "somebody", "2024", "all", "annual"}};
  input.hosts[0].emissions = {{0, 14'300 * kwh_uj / 1000, 715'000}};  // 14.3 kWh x 50 g = 715 g
  const Row row = make_report(input).rows.at(0);
  EXPECT_NEAR(row.co2e_kg.value(), 0.715, 1e-12);
  EXPECT_NEAR(row.g_per_kwh.value(), 50, 1e-9);
  EXPECT_NEAR(row.factor_coverage, 1, 1e-12);
}

TEST(ReportRows, without_a_factor_there_is_no_carbon_and_not_zero) {
  const Row row = make_report(of_one(workstation())).rows.at(0);
  EXPECT_FALSE(row.co2e_kg);
  EXPECT_FALSE(row.g_per_kwh);
  EXPECT_EQ(row.factor_coverage, 0);
}

TEST(ReportRows, a_hole_in_the_factors_shows_as_energy_without_one) {
  Input input = of_one(workstation());
  input.factors = {{"FR", 50, "somebody", "2026-10", "all", "hourly"},
                   {"FR", 44, "somebody else", "2024", "all", "annual"}};
  // Of 14.3 kWh: 10 by the hour, 2 by the year, 2.3 by none
  input.hosts[0].emissions = {{0, 10 * kwh_uj, 500'000}, {1, 2 * kwh_uj, 88'000}};
  const Row row = make_report(input).rows.at(0);
  EXPECT_NEAR(row.factor_coverage, 12 / 14.3, 1e-9);
  EXPECT_NEAR(row.g_per_kwh.value(), 588.0 / 12, 1e-9);
  EXPECT_EQ(row.factor_level, "hourly + annual");
  EXPECT_EQ(row.factor_source, "somebody + somebody else");
  EXPECT_EQ(row.factor_scope, "all");
}

TEST(ReportRows, night_rates_are_nights_on_of_nights_known) {
  // 3 of 12 workstations in each of 22 nights
  const Row row = row_of(make_report(town()), "État civil", "workstation");
  EXPECT_NEAR(row.night_on.value(), 0.25, 1e-12);
  EXPECT_NEAR(row.weekend_on.value(), 0.25, 1e-12);
}

TEST(ReportRows, a_confirmed_server_is_counted_among_the_comatose) {
  const Row row = row_of(make_report(town()), "DSI", "server");
  EXPECT_EQ(row.underused, 1U);
  EXPECT_EQ(row.comatose, 1U);
}

TEST(ReportRows, the_total_leaves_out_what_is_not_counted_and_says_so) {
  const Report report = make_report(town());
  EXPECT_EQ(report.total.hosts, 24U);
  EXPECT_EQ(report.left_out, 1U);
  Input input = town();
  for (auto& host : input.hosts) host.counted = true;
  EXPECT_EQ(make_report(input).total.hosts, 25U);
}

TEST(ReportRows, rows_and_roles_and_total_have_the_same_energy) {
  const Report report = make_report(town());
  double rows = 0, roles = 0, of_virtual = 0;
  for (const Row& row : report.rows) rows += row.kwh;
  for (const Row& row : report.roles) {
    roles += row.kwh;
    if (row.role == "virtual") of_virtual = row.kwh;
  }
  EXPECT_NEAR(rows, roles, 1e-9);
  EXPECT_NEAR(report.total.kwh, rows - of_virtual, 1e-9);
}

TEST(ReportRows, change_brings_both_months_to_one_length) {
  Input input = of_one(workstation());
  // 28.6 kWh in 1490 h is as much an hour as 14.3 kWh in 745 h; half of it is half
  input.baseline = Baseline{"2026-01", 1490 * 3600, {{"s", "d", "workstation", 1, 57'200'000}}};
  const Row row = make_report(input).rows.at(0);
  EXPECT_NEAR(row.change.value(), -0.5, 1e-9);
  EXPECT_NEAR(row.change_per_host.value(), -0.5, 1e-9);
}

TEST(ReportRows, change_per_host_does_not_see_a_fleet_that_grows) {
  Input input = of_one(workstation());
  input.hosts.push_back(workstation());
  input.baseline = Baseline{"2026-09", 745 * 3600, {{"s", "d", "workstation", 1, 14'300'000}}};
  const Row row = make_report(input).rows.at(0);
  EXPECT_NEAR(row.change.value(), 1, 1e-9);
  EXPECT_NEAR(row.change_per_host.value(), 0, 1e-9);
}

TEST(ReportRows, a_group_that_the_baseline_lacks_has_no_change) {
  Input input = of_one(workstation());
  input.baseline = Baseline{"2026-09", 745 * 3600, {{"s", "other", "workstation", 1, 14'300'000}}};
  EXPECT_FALSE(make_report(input).rows.at(0).change);
}

TEST(ReportRows, ten_thousand_big_servers_do_not_overflow) {
  // 10,000 x 745 h x 500 W = 3,725,000 kWh = 1.3e19 uJ, more than 63 bits hold
  Input input;
  input.period.to = 745 * 3600;
  for (int i = 0; i < 10'000; ++i)
    input.hosts.push_back(machine("x", "s", "d", "server", {745, 0, 0, 0, 0}, 500, 0));
  EXPECT_NEAR(make_report(input).total.kwh, 3'725'000, 1e-3);
}

TEST(ReportRows, a_report_of_nothing_has_no_ratio) {
  const Report report = make_report(Input{});
  EXPECT_TRUE(report.rows.empty());
  EXPECT_EQ(report.total.hosts, 0U);
  EXPECT_FALSE(report.total.idle);
  EXPECT_FALSE(report.total.cost);
}

}  // namespace
}  // namespace sobriety::collector::report
