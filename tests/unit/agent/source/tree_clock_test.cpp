#include "agent/source/tree_clock.hpp"

#include "tests/support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using test::TempTree;

TEST(parse_uptime, reads_the_first_number_to_the_nanosecond_that_is_written) {
  EXPECT_EQ(parse_uptime("4.59 4.61\n"), 4590ms);
  EXPECT_EQ(parse_uptime("123456"), 123456s);
  EXPECT_EQ(parse_uptime("0.000000001 1"), 1ns);
}

TEST(parse_uptime, refuses_what_is_not_an_uptime) {
  for (const char* bad : {"", " ", "-1.0 2", "1.", ".5", "1.2.3", "1e3", "nan", "inf", "x",
                          "99999999999999999999", "1.0123456789"})
    EXPECT_EQ(parse_uptime(bad), std::nullopt) << bad;
}

TEST(parse_boot_time, finds_the_line_behind_long_ones) {
  EXPECT_EQ(parse_boot_time("cpu 1\nintr 1 2 3\nbtime 1795478565\nprocesses 1\n"),
            WallTime{1795478565s});
  EXPECT_EQ(parse_boot_time("cpu 1\nbtimes 5\n"), std::nullopt);
  EXPECT_EQ(parse_boot_time("btime -5\n"), std::nullopt);
  EXPECT_EQ(parse_boot_time("btime 99999999999999\n"), std::nullopt);
}

TEST(TreeClock, shows_the_moment_of_the_capture) {
  TempTree tree;
  tree.file("proc/uptime", "4.59 4.61\n").file("proc/stat", "cpu  1 2 3 4\nbtime 1000\n");
  const TreeClock clock{tree.roots().proc};
  EXPECT_EQ(clock.note(), "");
  EXPECT_EQ(clock.now(), (Instant{4590ms, 0s, WallTime{1004590ms}}));
  tree.file("proc/uptime", "9.59 8\n");
  EXPECT_EQ(clock.now().boottime, 9590ms);
}

TEST(TreeClock, falls_back_to_zero_and_says_so) {
  TempTree tree;
  const TreeClock clock{tree.roots().proc};
  EXPECT_EQ(clock.now(), Instant{});
  EXPECT_THAT(clock.note(), testing::HasSubstr("does not tell the uptime: 0 stands in"));
  EXPECT_THAT(clock.note(), testing::HasSubstr("does not tell the boot time"));
}

}  // namespace
}  // namespace sobriety::agent
