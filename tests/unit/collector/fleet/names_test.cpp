#include "collector/fleet/names.hpp"

#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sobriety::collector {
namespace {

HostId host(std::uint8_t number) { return test::id<HostId>(number); }

TEST(Names, the_first_host_of_a_name_keeps_it_and_the_next_gets_digits_of_its_id) {
  Names names;
  EXPECT_EQ(names.label(host(1), "web"), "web");
  EXPECT_EQ(names.label(host(2), "web"), "web-02020202");
  EXPECT_EQ(names.label(host(3), "web"), "web-03030303");
}

TEST(Names, a_label_stays_with_its_host) {
  Names names;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(names.label(host(1), "web"), "web");
    EXPECT_EQ(names.label(host(2), "web"), "web-02020202");
  }
}

TEST(Names, a_host_that_comes_back_to_an_old_name_has_its_old_label) {
  Names names;
  EXPECT_EQ(names.label(host(1), "web"), "web");
  EXPECT_EQ(names.label(host(1), "db"), "db");
  EXPECT_EQ(names.label(host(2), "web"), "web-02020202");
  EXPECT_EQ(names.label(host(1), "web"), "web");
}

TEST(Names, no_choice_of_names_makes_two_hosts_share_a_label) {
  // Hosts that call themselves what another one's label is, or whose ids begin alike.
  Names names;
  HostId alike = host(2);
  alike.bytes[15] = 99;
  std::set<std::string> labels;
  EXPECT_TRUE(labels.insert(names.label(host(1), "web")).second);
  EXPECT_TRUE(labels.insert(names.label(host(3), "web-02020202")).second);
  EXPECT_TRUE(labels.insert(names.label(host(2), "web")).second);
  EXPECT_TRUE(labels.insert(names.label(alike, "web")).second);
  EXPECT_TRUE(labels.insert(names.label(host(4), *labels.rbegin())).second);
}

}  // namespace
}  // namespace sobriety::collector
