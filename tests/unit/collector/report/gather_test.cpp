#include "collector/report/gather.hpp"

#include "collector/report/rows.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::report {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using enum Figure;

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t kwh_uj = 3'600'000'000'000;
constexpr WallTime much_later{sys_days{std::chrono::year{2027} / 1 / 1}};

class Gathered : public testing::Test {
 protected:
  [[nodiscard]] Order order(int year = 2026, unsigned month = 7) const {
    Order made;
    made.month = hours_of(std::chrono::year{year} / std::chrono::month{month},
                          policy::Calendar::standard().zone(), "Europe/Paris", much_later)
                     .value();
    made.now = much_later;
    made.options = options;
    made.policy_version = "test";
    return made;
  }
  [[nodiscard]] ReportedHost host(const std::string& name) const {
    policy::Subject subject;
    subject.name = name;
    subject.facts.chassis = "desktop";
    return {"id-" + name, name, subject, the_policy().of(subject), "profile"};
  }
  [[nodiscard]] const policy::Policy& the_policy() const {
    if (!policy) policy.emplace(parts);
    return *policy;
  }
  [[nodiscard]] Input gather(const std::vector<LedgerRow>& hours,
                             const std::vector<LedgerRow>& days = {}) const {
    Gathering gathering{the_policy(), order()};
    gathering.add(host("pc"), hours, days);
    return std::move(gathering).finish();
  }

  policy::PolicyParts parts;
  ReportOptions options;
  mutable std::optional<policy::Policy> policy;
};

const Hour july = sys_days{std::chrono::year{2026} / 6 / 30} + 22h;  // midnight in Paris

// An hour idle out of hours at 50 W, of which 49 W could have been spared.
LedgerRow idle_at(Hour hour) {
  LedgerRow row{hour, {}, true};
  Figures& of = row.figures;
  of[ms_idle] = of[ms_idle_out] = of[ms_waste] = hour_ms;
  of[uj_idle] = of[uj_idle_out] = of[uj_estimated] = of[uj_waste] = kwh_uj / 20;
  of[uj_low] = kwh_uj / 40;
  of[uj_high] = kwh_uj / 10;
  of[uj_avoidable] = kwh_uj / 1000 * 49;
  of[ms_left_on] = hour_ms;
  return row;
}
LedgerRow active_at(Hour hour) {
  LedgerRow row{hour, {}, true};
  row.figures[ms_active] = hour_ms;
  row.figures[uj_active] = row.figures[uj_measured] = kwh_uj / 10;
  return row;
}

TEST_F(Gathered, hours_become_time_and_energy_by_state_and_period) {
  const auto input = gather({active_at(july + 10h), idle_at(july + 30h), idle_at(july + 31h)});
  ASSERT_EQ(input.hosts.size(), 1U);
  const HostMonth& pc = input.hosts[0];
  EXPECT_EQ(pc.of(State::active, Hours::work), (Spent{hour_ms, kwh_uj / 10}));
  EXPECT_EQ(pc.of(State::idle, Hours::off), (Spent{2 * hour_ms, kwh_uj / 10}));
  EXPECT_EQ(pc.of(State::idle, Hours::work), (Spent{0, 0}));
  EXPECT_EQ(pc.uj_measured, kwh_uj / 10);
  EXPECT_EQ(pc.uj_waste, kwh_uj / 10);
  EXPECT_EQ(pc.uj_avoidable, kwh_uj / 1000 * 98);
  EXPECT_EQ(pc.verdict, Verdict::left_on);
  EXPECT_EQ(pc.role, "workstation");
}

TEST_F(Gathered, hours_outside_the_month_are_not_of_it) {
  const Hour august = july + std::chrono::days{31};
  const auto input =
      gather({active_at(july - 1h), active_at(july), active_at(august - 1h), active_at(august)});
  EXPECT_EQ(input.hosts[0].of(State::active, Hours::work).ms, 2 * hour_ms);
}

TEST_F(Gathered, each_hour_is_of_its_day_on_the_clock) {
  // 23:00 and 00:00 in Paris are neighbours in the ledger
  const auto input = gather({active_at(july + 23h), active_at(july + 24h), idle_at(july + 25h)});
  ASSERT_EQ(input.days.size(), 31U);
  EXPECT_EQ(input.days[0], (Day{"2026-07-01", kwh_uj / 10, 0, 0, 0}));
  EXPECT_EQ(input.days[1], (Day{"2026-07-02", kwh_uj / 10, 0, kwh_uj / 20, 0}));
  EXPECT_EQ(input.days[30].date, "2026-07-31");
}

TEST_F(Gathered, days_whose_hours_are_gone_count_in_the_month_of_their_noon) {
  LedgerRow day = active_at(sys_days{std::chrono::year{2026} / 7 / 1});
  day.figures[ms_active] = 24 * hour_ms;
  LedgerRow before = day;
  before.from -= std::chrono::days{1};
  const auto input = gather({}, {before, day});
  EXPECT_EQ(input.hosts[0].of(State::active, Hours::work).ms, 24 * hour_ms);
  EXPECT_EQ(input.days[0].uj_active, kwh_uj / 10);
  EXPECT_EQ(input.settings.back(), (Setting{"ledger", "by day of UTC, in part"}));
}

TEST_F(Gathered, a_night_counts_as_on_by_the_hours_of_the_ledger) {
  // The night from 1 to 2 July: 20:00 to 07:00, known whole and on for one hour
  std::vector<LedgerRow> rows;
  for (int i = 20; i < 31; ++i) {
    LedgerRow row{july + std::chrono::hours{i}, {}, true};
    row.figures[ms_off] = row.figures[ms_off_out] = hour_ms;
    rows.push_back(i == 22 ? idle_at(row.from) : row);
  }
  EXPECT_EQ(gather(rows).hosts[0].nights, (Windows{1, 1}));
  rows[2] = rows[1];
  rows[2].from = july + 22h;
  EXPECT_EQ(gather(rows).hosts[0].nights, (Windows{1, 0}));
}

TEST_F(Gathered, emissions_go_by_the_factor_of_the_hour_and_holes_fall_to_the_year) {
  auto zone = std::make_shared<policy::CarbonZone>("FR");
  const auto rte =
      std::make_shared<const policy::Provenance>(policy::Provenance{"RTE", "production"});
  zone->add_hourly(july + 10h, 20, rte);
  zone->set_annual(2024, 40, rte);
  parts.default_site.carbon = zone;
  // 0.1 kWh x 20 g = 2 g; 0.1 kWh x 40 g = 4 g
  const auto input = gather({active_at(july + 10h), active_at(july + 11h)});
  ASSERT_EQ(input.hosts[0].emissions.size(), 2U);
  std::int64_t hourly = 0, annual = 0;
  for (const Emission& of : input.hosts[0].emissions)
    (input.factors[of.factor].level == "hourly" ? hourly : annual) += of.mg;
  EXPECT_EQ(hourly, 2000);
  EXPECT_EQ(annual, 4000);
}

TEST_F(Gathered, without_a_factor_energy_has_no_emission) {
  const auto input = gather({active_at(july + 10h)});
  EXPECT_TRUE(input.hosts[0].emissions.empty());
  EXPECT_FALSE(make_report(input).total.co2e_kg);
}

TEST_F(Gathered, with_two_prices_each_hour_costs_what_its_own_price_says) {
  // Peak hours end at 20:30 in Paris. At 12:00 0.1 kWh x 0.3 = 0.03 EUR; at 20:00 0.05 kWh at the
  // mean of both, 0.2, = 0.01 EUR; at 23:00 0.05 kWh x 0.1 = 0.005 EUR: 0.045 EUR in all. Of the
  // last two 49 of 50 W could be avoided: 0.049 x 0.2 + 0.049 x 0.1 = 0.0147 EUR.
  options.privacy.min_group_size = 1;
  policy::WorkWeek week;
  week.fill({policy::WorkHours{6h, 20h + 30min}});
  parts.default_site.tariff = policy::Tariff{
      "EUR", 0.3, 0.1,
      std::make_shared<policy::Calendar>("peak", policy::Calendar::standard().zone(), week,
                                         policy::Holidays{policy::HolidayRule::none})};
  const auto input = gather({active_at(july + 12h), idle_at(july + 20h), idle_at(july + 23h)});
  EXPECT_EQ(input.sites[0].tariff, (Tariff{0.3, "EUR", OffPeak{0.1, "peak"}}));
  ASSERT_TRUE(input.hosts[0].bill);
  EXPECT_NEAR(input.hosts[0].bill->cost, 0.045, 1e-9);
  EXPECT_NEAR(input.hosts[0].bill->avoidable, 0.0147, 1e-9);
  const Report report = make_report(input);
  EXPECT_NEAR(report.total.cost.value(), 0.045, 1e-9);
  EXPECT_NEAR(report.total.tariff.value(), 0.045 / 0.2, 1e-9);
  parts.default_site.tariff->peak = nullptr;
  policy.reset();
  EXPECT_FALSE(gather({active_at(july)}).hosts[0].bill);
}

TEST_F(Gathered, without_host_detail_hosts_have_no_name) {
  options.privacy.host_detail = false;
  const auto input = gather({active_at(july)});
  EXPECT_EQ(input.hosts[0].name, "");
  EXPECT_EQ(input.hosts[0].id, "");
}

TEST_F(Gathered, an_exemption_that_expires_in_the_month_is_told_and_one_before_it_is_not) {
  const auto rule = [](unsigned day, unsigned month) {
    policy::ExemptionRule made;
    made.hostname = {"edito-*", "render"};
    made.until = std::chrono::year{2026} / std::chrono::month{month} / std::chrono::day{day};
    made.exemption.owner = "DSI";
    made.exemption.reason = "nights";
    return made;
  };
  parts.exemptions = {rule(15, 7), rule(30, 6)};
  EXPECT_EQ(gather({active_at(july)}).exemptions,
            (std::vector<Exemption>{{"edito-*, render", "DSI", "nights", "2026-07-15"}}));
}

TEST_F(Gathered, a_site_without_pue_and_price_says_neither) {
  const auto input = gather({active_at(july)});
  ASSERT_EQ(input.sites.size(), 1U);
  EXPECT_FALSE(input.sites[0].pue);
  EXPECT_FALSE(input.sites[0].tariff);
}

TEST_F(Gathered, a_host_that_is_silent_all_month_is_unknown_and_not_off) {
  const auto report = [&] { return make_report(gather({})); };
  options.privacy.min_group_size = 1;
  EXPECT_EQ(report().total.hosts, 1U);
  EXPECT_EQ(report().total.coverage, 0);
  EXPECT_EQ(report().total.hours_unknown, 744);
}

TEST_F(Gathered, settings_name_the_thresholds_in_force) {
  const auto settings = gather({}).settings;
  EXPECT_TRUE(std::any_of(settings.begin(), settings.end(), [](const Setting& of) {
    return of == Setting{"workstation.quiet.cpu_ratio", "0.05"};
  }));
}

TEST_F(Gathered, rows_that_are_not_as_they_were_written_are_counted) {
  auto row = active_at(july);
  row.intact = false;
  EXPECT_EQ(gather({row, active_at(july + 1h)}).settings.back(), (Setting{"damaged rows", "1"}));
}

}  // namespace
}  // namespace sobriety::collector::report
