// Sums over groups of hosts, and the figures that they stand on.
#include "collector/expose/group_metrics.hpp"

#include "collector/fleet/account.hpp"
#include "tests/support/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// A Wednesday: within working hours, then out of them.
constexpr WallTime at_work = std::chrono::sys_days{std::chrono::year{2026} / 3 / 25} + 12h;
constexpr WallTime at_night = std::chrono::sys_days{std::chrono::year{2026} / 3 / 25} + 22h;

std::shared_ptr<const policy::Policy> policy_of_two_sites() {
  policy::PolicyParts parts;
  policy::Site site = parts.default_site;
  site.pue = 1.5;
  site.tariff = policy::Tariff{"EUR", 0.25};
  auto zone = std::make_shared<policy::CarbonZone>("FR");
  zone->set_annual(
      2025, 44,
      std::make_shared<const policy::Provenance>(policy::Provenance{"OWID", "life cycle"}));
  site.carbon = zone;
  parts.sites["centre"] = site;
  policy::Rule rule;
  rule.name = "servers";
  rule.match.hostname = {"srv-*"};
  rule.grant.site = "centre";
  rule.grant.department = "it";
  policy::Rule depot;
  depot.name = "depot";
  depot.match.hostname = {"depot-*"};
  depot.grant.site = "depot";
  parts.rules = {rule, depot};
  parts.headcounts[{"centre", "it"}] = 12;
  return std::make_shared<const policy::Policy>(std::move(parts));
}

class GroupMetrics : public testing::Test {
 protected:
  Host& add(std::uint8_t number, const std::string& name, std::int64_t measured) {
    Host& host = shard.introduce(test::hello_of(number, 1, name), test::boot_wall, {});
    shard.adopt(host, test::inventory_of({test::cpu("user")}));
    host.shown_totals[Figure::uj_measured] = measured;
    host.shown_totals[Figure::ms_idle] = 5'000;
    host.shown_totals[Figure::ms_idle_out] = 2'000;
    host.shown_totals[Figure::cost_micros] = 1'500'000;
    host.shown_emissions = {{"OWID", 2'000'000}};
    return host;
  }
  // `count` desks of a site and department, 1 J each.
  void add_desks(std::uint8_t first, std::uint8_t count, const std::string& department) {
    for (std::uint8_t number = first; number < first + count; ++number) {
      Host& host = add(number, "desk-" + std::to_string(number), 1'000'000);
      policy::HostPolicy desk = *host.policy;
      desk.group = {"centre", department, policy::Role::workstation};
      host.policy = std::make_shared<const policy::HostPolicy>(std::move(desk));
    }
  }
  [[nodiscard]] std::string text(WallTime now = at_work, std::uint32_t least = 1) const {
    return group_text(group_table(shard, now), least, now, Format::text);
  }

  Names names;
  Shard shard{names, 3, policy_of_two_sites()};
};

constexpr const char* it = R"(site="centre",department="it",role="server")";

TEST_F(GroupMetrics, add_up_the_hosts_of_a_group_and_no_host_is_in_two) {
  add(1, "srv-1", 1'000'000);
  add(2, "srv-2", 2'500'000);
  add(3, "elsewhere", 7'000'000);
  const std::string shown = text();
  const auto line = [](const char* name, const std::string& more, const char* value) {
    return "\n" + std::string{name} + "{" + it + more + "} " + value + "\n";
  };
  EXPECT_THAT(
      shown, HasSubstr(line("sobriety_group_energy_joules_total", ",quality=\"measured\"", "3.5")));
  EXPECT_THAT(shown, HasSubstr("role=\"server\",quality=\"measured\"} 7\n"));
  EXPECT_THAT(shown, HasSubstr(line("sobriety_group_hosts", ",state=\"lost\"", "2")));
  EXPECT_THAT(shown, HasSubstr(line("sobriety_group_hosts_verdict", ",verdict=\"unknown\"", "2")));
  EXPECT_THAT(shown, HasSubstr(line("sobriety_group_state_seconds_total",
                                    ",state=\"idle\",period=\"off_hours\"", "4")));
  EXPECT_THAT(shown, HasSubstr(line("sobriety_group_state_seconds_total",
                                    ",state=\"idle\",period=\"work\"", "6")));
  EXPECT_THAT(shown, HasSubstr(line("sobriety_group_emissions_grams_total",
                                    ",factor_source=\"OWID\"", "4")));
  EXPECT_THAT(shown, HasSubstr(line("sobriety_group_cost_total", ",currency=\"EUR\"", "3")));
}

TEST_F(GroupMetrics, without_a_price_there_is_no_cost) {
  add(3, "elsewhere", 7'000'000);
  EXPECT_THAT(text(), Not(HasSubstr("sobriety_group_cost_total{")));
}

TEST_F(GroupMetrics, a_guest_whose_hypervisor_counts_is_a_host_and_no_energy) {
  Host& host = add(1, "srv-1", 1'000'000);
  policy::HostPolicy guest = *host.policy;
  guest.counted = false;
  host.policy = std::make_shared<const policy::HostPolicy>(std::move(guest));
  EXPECT_THAT(text(),
              HasSubstr(std::string{"sobriety_group_hosts{"} + it + ",state=\"lost\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr(std::string{it} + ",quality=\"measured\"} 0\n"));
}

TEST_F(GroupMetrics, tell_what_the_figures_stand_on) {
  const std::string shown = text();
  EXPECT_THAT(shown, HasSubstr("sobriety_group_headcount{site=\"centre\",department=\"it\"} 12\n"));
  EXPECT_THAT(shown, HasSubstr("sobriety_pue_ratio{site=\"centre\"} 1.5\n"));
  EXPECT_THAT(shown, HasSubstr("sobriety_tariff_per_kwh{site=\"centre\",currency=\"EUR\"} 0.25\n"));
  EXPECT_THAT(shown,
              HasSubstr("sobriety_carbon_intensity_grams_per_kwh{zone=\"FR\",source=\"OWID\","
                        "scope=\"life cycle\"} 44\n"));
  EXPECT_THAT(shown, HasSubstr("sobriety_calendar_work_period{site=\"centre\"} 1\n"));
  EXPECT_THAT(text(at_night), HasSubstr("sobriety_calendar_work_period{site=\"centre\"} 0\n"));
}

std::string joules(const std::string& site, const std::string& department, const char* value) {
  return "\nsobriety_group_energy_joules_total{site=\"" + site + "\",department=\"" + department +
         "\",role=\"workstation\",quality=\"measured\"} " + value + "\n";
}

TEST_F(GroupMetrics, few_peoples_machines_are_shown_together_so_that_none_can_be_subtracted) {
  add_desks(1, 2, "legal");
  add_desks(10, 6, "roads");
  add_desks(20, 9, "schools");
  add(30, "srv-1", 4'000'000);
  const std::string open = text(at_work, 1);
  EXPECT_THAT(open, HasSubstr(joules("centre", "legal", "2")));
  EXPECT_THAT(open, HasSubstr("\nsobriety_groups_merged 0\n"));
  // Two of legal are too few; the six of roads join, or the two could be had from the site's sum.
  const std::string shown = text(at_work, 5);
  EXPECT_THAT(shown, HasSubstr(joules("centre", "*", "8")));
  EXPECT_THAT(shown, HasSubstr(joules("centre", "schools", "9")));
  EXPECT_THAT(shown, Not(HasSubstr("legal")));
  EXPECT_THAT(shown, Not(HasSubstr("roads")));
  EXPECT_THAT(shown, HasSubstr("department=\"it\",role=\"server\",quality=\"measured\"} 4\n"));
  EXPECT_THAT(shown, HasSubstr("\nsobriety_groups_merged 2\n"));
}

TEST_F(GroupMetrics, what_nothing_can_be_merged_with_is_withheld_in_every_family_and_counted) {
  add_desks(1, 4, "legal");
  add(30, "srv-1", 4'000'000);
  const std::string shown = text(at_work, 5);
  EXPECT_THAT(shown, Not(HasSubstr("workstation")));
  EXPECT_THAT(shown, HasSubstr("\nsobriety_groups_withheld_hosts 4\n"));
}

TEST_F(GroupMetrics, a_site_that_only_a_rule_names_has_working_hours_too) {
  EXPECT_THAT(text(), Not(HasSubstr("{site=\"depot\"}")));
  add(1, "depot-1", 1'000'000);
  EXPECT_THAT(text(), HasSubstr("sobriety_calendar_work_period{site=\"depot\"} 1\n"));
  EXPECT_THAT(text(at_night), HasSubstr("sobriety_calendar_work_period{site=\"depot\"} 0\n"));
}

}  // namespace
}  // namespace sobriety::collector
