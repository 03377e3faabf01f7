#include "collector/policy/address.hpp"
#include "collector/policy/glob.hpp"
#include "collector/policy/role.hpp"
#include "collector/policy/thresholds.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::policy {
namespace {

TEST(Glob, star_is_any_text_and_question_mark_any_byte) {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const Case cases[] = {{"", "", true},
                        {"", "a", false},
                        {"*", "", true},
                        {"pc-*", "pc-12", true},
                        {"pc-*", "PC-12", true},
                        {"pc-*", "apc-12", false},
                        {"pc-??", "pc-12", true},
                        {"pc-??", "pc-123", false},
                        {"*.mairie.fr", "web.mairie.fr", true},
                        {"*.mairie.fr", "web.mairie.fr.evil", false},
                        {"*a*b*c", "xxaxxbxbxc", true},
                        {"*a*b*c", "xxaxxcxb", false},
                        {"a**b", "ab", true},
                        {"[ab]", "a", false}};
  for (const auto& [pattern, text, matches] : cases)
    EXPECT_EQ(glob_matches(pattern, text), matches) << pattern << " " << text;
}

TEST(Glob, many_stars_cost_no_more_than_length_times_length) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(glob_matches(pattern + "b", std::string(20'000, 'a')));
}

TEST(Glob, no_patterns_ask_for_nothing) {
  EXPECT_TRUE(any_glob_matches({}, "anything"));
  EXPECT_TRUE(any_glob_matches({"a", "b*"}, "bc"));
  EXPECT_FALSE(any_glob_matches({"a", "b*"}, "c"));
}

bool contains(const char* network, const char* address) {
  return Network::parse(network).value().contains(parse_address(address).value());
}

TEST(Network, contains_what_has_its_prefix) {
  EXPECT_TRUE(contains("10.20.0.0/14", "10.23.255.255"));
  EXPECT_FALSE(contains("10.20.0.0/14", "10.24.0.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_TRUE(contains("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(contains("192.0.2.7", "192.0.2.8"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(Network, of_ipv4_contains_its_mapped_form_and_no_other_ipv6) {
  EXPECT_TRUE(contains("192.0.2.0/24", "::ffff:192.0.2.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
}

TEST(Network, refuses_what_is_no_network) {
  for (const char* text : {"", "10.0.0", "10.0.0.0/33", "10.0.0.1/24", "10.0.0.0/", "10.0.0.0/-1",
                           "10.0.0.0/8/8", "::/129", "2001:db8::1/64", "host", "fe80::1%eth0"})
    EXPECT_FALSE(Network::parse(text)) << text;
}

TEST(Role, follows_from_chassis_and_virtualization) {
  struct Case {
    const char* chassis;
    const char* virtualization;
    Role role;
  };
  const Case cases[] = {
      {"server", "none", Role::server},    {"desktop", "none", Role::workstation},
      {"desktop", "", Role::workstation},  {"laptop", "none", Role::laptop},
      {"tablet", "none", Role::laptop},    {"vm", "kvm", Role::virtual_machine},
      {"vm", "", Role::virtual_machine},   {"server", "lxc", Role::virtual_machine},
      {"embedded", "none", Role::unknown}, {"", "", Role::unknown}};
  for (const auto& [chassis, virtualization, role] : cases)
    EXPECT_EQ(default_role(chassis, virtualization), role) << chassis << "/" << virtualization;
}

TEST(Thresholds, personal_machines_fall_idle_after_30_minutes_and_others_after_60) {
  using std::chrono::minutes;
  EXPECT_EQ(default_thresholds(Role::workstation).idle.window, minutes{30});
  EXPECT_EQ(default_thresholds(Role::laptop).idle.window, minutes{30});
  EXPECT_EQ(default_thresholds(Role::thin).idle.window, minutes{30});
  EXPECT_EQ(default_thresholds(Role::server).idle.window, minutes{60});
  EXPECT_EQ(default_thresholds(Role::virtual_machine).idle.window, minutes{60});
  EXPECT_EQ(default_thresholds(Role::unknown).idle.window, minutes{60});
}

}  // namespace
}  // namespace sobriety::collector::policy
