#include "collector/policy/policy.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::policy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

Subject host(std::string name, std::string chassis = "desktop",
             std::string virtualization = "none") {
  Subject subject;
  subject.name = std::move(name);
  subject.facts.chassis = std::move(chassis);
  subject.facts.virtualization = std::move(virtualization);
  subject.facts.memory = std::uint64_t{16} << 30U;
  return subject;
}

Rule rule(std::string name, Match match, Grant grant) {
  return {std::move(name), std::move(match), std::move(grant)};
}

Match names(std::vector<std::string> globs) {
  Match match;
  match.hostname = std::move(globs);
  return match;
}

Grant place(std::optional<std::string> site, std::optional<std::string> department) {
  Grant grant;
  grant.site = std::move(site);
  grant.department = std::move(department);
  return grant;
}

TEST(Policy, without_a_file_gives_every_host_one_group_and_the_defaults_of_its_role) {
  const Policy policy;
  const auto desktop = policy.of(host("pc-1"));
  EXPECT_EQ(desktop.group, (Group{"unassigned", "unassigned", Role::workstation}));
  EXPECT_TRUE(desktop.off_out_of_hours);
  EXPECT_EQ(desktop.thresholds->idle.window, 30min);
  EXPECT_EQ(desktop.calendar->name(), "standard");
  EXPECT_EQ(desktop.power.name, "desktop");
  EXPECT_EQ(desktop.power.profile->idle, 25);
  EXPECT_DOUBLE_EQ(desktop.power.memory_watts, 16 * 0.284);
  EXPECT_TRUE(desktop.counted);
  EXPECT_FALSE(desktop.tariff);
  EXPECT_EQ(desktop.carbon, nullptr);
  EXPECT_EQ(desktop.exemption_at(WallTime{}), nullptr);
}

TEST(Policy, leaves_servers_guests_and_unknown_machines_on_out_of_hours) {
  const Policy policy;
  EXPECT_FALSE(policy.of(host("a", "server")).off_out_of_hours);
  EXPECT_FALSE(policy.of(host("b", "vm", "kvm")).off_out_of_hours);
  EXPECT_FALSE(policy.of(host("c", "")).off_out_of_hours);
  EXPECT_FALSE(policy.of(host("b", "vm", "kvm")).power.profile);
}

TEST(Policy, takes_each_thing_from_the_first_matching_rule_that_says_it) {
  PolicyParts parts;
  parts.rules = {rule("one", names({"pc-*"}), place("mairie", std::nullopt)),
                 rule("two", names({"pc-1*"}), place("depot", "voirie")),
                 rule("three", {}, place("siege", "dsi"))};
  const Policy policy{std::move(parts)};
  EXPECT_EQ(policy.of(host("pc-1")).group, (Group{"mairie", "voirie", Role::workstation}));
  EXPECT_EQ(policy.of(host("pc-2")).group, (Group{"mairie", "dsi", Role::workstation}));
  EXPECT_EQ(policy.of(host("web")).group, (Group{"siege", "dsi", Role::workstation}));
}

TEST(Policy, a_rule_matches_only_where_everything_that_it_asks_for_does) {
  Match match = names({"srv-*"});
  match.address = {Network::parse("10.1.0.0/16").value()};
  match.tag = {"prod"};
  PolicyParts parts;
  parts.rules = {rule("prod", match, place("site", std::nullopt))};
  const Policy policy{std::move(parts)};
  auto subject = host("srv-1");
  EXPECT_EQ(policy.of(subject).group.site, unassigned);
  subject.address = parse_address("10.1.2.3");
  EXPECT_EQ(policy.of(subject).group.site, unassigned);
  subject.tags = {"test", "prod"};
  EXPECT_EQ(policy.of(subject).group.site, "site");
  subject.address = parse_address("10.2.2.3");
  EXPECT_EQ(policy.of(subject).group.site, unassigned);
}

TEST(Policy, host_names_match_with_or_without_their_domain) {
  PolicyParts parts;
  parts.rules = {rule("short", names({"web-?"}), place("a", std::nullopt)),
                 rule("long", names({"*.lab.example"}), place(std::nullopt, "b"))};
  const Policy policy{std::move(parts)};
  EXPECT_EQ(policy.of(host("web-1.lab.example")).group, (Group{"a", "b", Role::workstation}));
}

TEST(Policy, what_is_not_known_of_a_host_matches_not_even_a_star) {
  Match match;
  match.product = {"*"};
  PolicyParts parts;
  parts.rules = {rule("any product", match, place("a", std::nullopt))};
  const Policy policy{std::move(parts)};
  auto subject = host("x");
  EXPECT_EQ(policy.of(subject).group.site, unassigned);
  subject.facts.product = "OptiPlex 7010";
  EXPECT_EQ(policy.of(subject).group.site, "a");
}

TEST(Policy, the_inventory_gives_what_rules_leave_out_and_rules_may_ask_for_it) {
  PolicyParts parts;
  parts.assets.add("PC-7", {"DGS > DSI", "Hotel de ville", "equipe poste", 2021y / March / 15});
  Match by_entity;
  by_entity.entity = {"DGS > *"};
  Grant off;
  off.off_out_of_hours = false;
  parts.rules = {rule("dgs", by_entity, off)};
  const Policy policy{std::move(parts)};
  const auto known = policy.of(host("pc-7.mairie.example"));
  EXPECT_EQ(known.group, (Group{"Hotel de ville", "DGS > DSI", Role::workstation}));
  EXPECT_EQ(known.owner, "equipe poste");
  EXPECT_EQ(known.purchased, Date{2021y / March / 15});
  EXPECT_FALSE(known.off_out_of_hours);
  EXPECT_TRUE(policy.of(host("pc-8")).off_out_of_hours);
}

TEST(Policy, the_role_that_a_rule_gives_decides_over_profile_thresholds_and_pue) {
  Grant grant;
  grant.role = Role::server;
  PolicyParts parts;
  parts.default_site.pue = 1.5;
  parts.rules = {rule("tower", names({"tower"}), grant)};
  const Policy policy{std::move(parts)};
  const auto tower = policy.of(host("tower"));
  EXPECT_EQ(tower.group.role, Role::server);
  EXPECT_EQ(tower.power.name, "rack_server");
  EXPECT_EQ(tower.thresholds->name, "server");
  EXPECT_EQ(tower.pue, 1.5);
  EXPECT_FALSE(tower.off_out_of_hours);
  EXPECT_EQ(policy.of(host("pc")).pue, 1);  // a workstation is not in the machine room
}

TEST(Policy, own_profiles_stand_before_standard_ones_and_rules_add_calibration) {
  PolicyParts parts;
  parts.profiles["desktop"] = {{1, 2, 30, 90}, RaplToWall{10, 1.1}};
  Grant calibrated;
  calibrated.rapl_calibrated = RaplToWall{12.5, 1.31};
  calibrated.tdp = 65;
  parts.rules = {rule("calibrated", names({"pc-1"}), calibrated)};
  const Policy policy{std::move(parts)};
  const auto power = policy.of(host("pc-1")).power;
  EXPECT_EQ(power.profile, (PowerProfile{1, 2, 30, 90}));
  EXPECT_EQ(power.rapl_generic, (RaplToWall{10, 1.1}));
  EXPECT_EQ(power.rapl_calibrated, (RaplToWall{12.5, 1.31}));
  EXPECT_EQ(power.tdp, 65);
  EXPECT_FALSE(policy.of(host("pc-2")).power.rapl_calibrated);
}

PolicyParts with_exemption(Date from, Date until) {
  PolicyParts parts;
  parts.exemptions = {
      {{"render-*"}, from, until, {"render farm", "studio", "batch at night", {}, {}}}};
  return parts;
}

TEST(Policy, an_exemption_that_expires_in_mid_month_holds_to_the_end_of_its_last_day_on_the_wall) {
  const Policy policy{with_exemption(2026y / November / 3, 2026y / November / 15)};
  const auto render = policy.of(host("render-1"));
  // Paris is UTC+1: the 3rd begins at 23:00Z of the 2nd, the 15th ends at 23:00Z of the 15th.
  const WallTime begin = sys_days{2026y / November / 2} + 23h;
  const WallTime end = sys_days{2026y / November / 15} + 23h;
  EXPECT_EQ(render.exemption_at(begin - 1ms), nullptr);
  ASSERT_NE(render.exemption_at(begin), nullptr);
  EXPECT_EQ(render.exemption_at(begin)->owner, "studio");
  EXPECT_EQ(render.exemption_at(end - 1ms)->expiry, end);
  EXPECT_EQ(render.exemption_at(end), nullptr);
  EXPECT_TRUE(policy.of(host("pc")).exemptions.empty());
}

TEST(Policy, of_two_exemptions_in_force_the_one_that_ends_last_counts) {
  auto parts = with_exemption(2026y / November / 1, 2026y / November / 30);
  auto shorter = parts.exemptions.front();
  shorter.until = 2026y / November / 10;
  shorter.exemption.name = "shorter";
  parts.exemptions.push_back(shorter);
  const Policy policy{std::move(parts)};
  const auto render = policy.of(host("render-1"));
  EXPECT_EQ(render.exemption_at(sys_days{2026y / November / 5})->name, "render farm");
  EXPECT_EQ(render.exemptions.size(), 2U);
}

const Reason& reason(const Explanation& told, std::string_view what) {
  static const Reason none;
  for (const Reason& each : told.reasons)
    if (each.what == what) return each;
  return none;
}

TEST(Policy, explains_rule_by_rule_and_thing_by_thing) {
  auto parts = with_exemption(2026y / November / 3, 2026y / November / 15);
  Match servers;
  servers.role = {Role::server};
  parts.rules = {rule("servers", servers, place("room", std::nullopt)),
                 rule("renderers", names({"render-*"}), place(std::nullopt, "studio"))};
  const Policy policy{std::move(parts)};
  const auto told = policy.explain(host("render-1"), sys_days{2026y / December / 1});
  ASSERT_EQ(told.rules.size(), 2U);
  EXPECT_EQ(told.rules[0].mismatch, "role");
  EXPECT_EQ(told.rules[1].mismatch, "");
  EXPECT_EQ(reason(told, "department").why, "rule 'renderers'");
  EXPECT_EQ(reason(told, "site").value, "unassigned");
  EXPECT_EQ(reason(told, "role").why, "chassis desktop, virtualization none");
  EXPECT_EQ(reason(told, "exemption").value, "over");
  EXPECT_NE(reason(told, "exemption").why.find("last day 2026-11-15"), std::string::npos);
}

}  // namespace
}  // namespace sobriety::collector::policy
