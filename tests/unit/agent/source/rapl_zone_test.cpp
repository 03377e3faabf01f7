#include "agent/source/rapl_zone.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using enum RaplDomain;

TEST(parse_zone_name, knows_the_domains_at_the_top) {
  EXPECT_EQ(parse_zone_name("package-0", nullptr), (ZoneName{package, 0, {}}));
  EXPECT_EQ(parse_zone_name("package-15", nullptr), (ZoneName{package, 15, {}}));
  EXPECT_EQ(parse_zone_name("package-1-die-3", nullptr), (ZoneName{package, 1, 3}));
  EXPECT_EQ(parse_zone_name("psys", nullptr), (ZoneName{psys, 0, {}}));
  EXPECT_EQ(parse_zone_name("psys-1", nullptr), (ZoneName{psys, 1, {}}));
}

TEST(parse_zone_name, knows_the_parts_of_a_package_and_nowhere_else) {
  const ZoneName parent{package, 1, 2};
  EXPECT_EQ(parse_zone_name("core", &parent), (ZoneName{core, 1, 2}));
  EXPECT_EQ(parse_zone_name("uncore", &parent), (ZoneName{uncore, 1, 2}));
  EXPECT_EQ(parse_zone_name("dram", &parent), (ZoneName{dram, 1, 2}));
  EXPECT_EQ(parse_zone_name("package-0", &parent), std::nullopt);
  EXPECT_EQ(parse_zone_name("core", nullptr), std::nullopt);
  const ZoneName platform{psys, 0, {}};
  EXPECT_EQ(parse_zone_name("core", &platform), std::nullopt);
}

TEST(parse_zone_name, refuses_what_only_looks_like_one) {
  for (const char* bad : {"", "package", "package-", "package-x", "package-0-", "package-0-die",
                          "package-0-die-", "package--1", "package-00", "package-4294967296",
                          "package-0 ", "psys-", "psysx", "domain", "Package-0"})
    EXPECT_EQ(parse_zone_name(bad, nullptr), std::nullopt) << bad;
}

TEST(describe_zone, tells_what_contains_what) {
  const RaplZone socket = describe_zone("package-1\n", nullptr, "262143328850\n").value();
  EXPECT_EQ(socket.component, "package-1");
  EXPECT_EQ(socket.scope, EnergyScope::cpu);
  EXPECT_EQ(socket.contained_in, "");
  EXPECT_EQ(socket.range, 262143328850U);

  const RaplZone cores = describe_zone("core", &socket, "").value();
  EXPECT_EQ(cores.component, "package-1/core");
  EXPECT_EQ(cores.contained_in, "package-1");

  const RaplZone memory = describe_zone("dram", &socket, "abcdef").value();
  EXPECT_EQ(memory.component, "package-1/dram");
  EXPECT_EQ(memory.scope, EnergyScope::memory);
  EXPECT_EQ(memory.contained_in, "") << "dram hangs below the package and is beside it";
  EXPECT_EQ(memory.range, 0U);

  EXPECT_EQ(describe_zone("psys", nullptr, "0").value().scope, EnergyScope::platform);
}

TEST(describe_zone, says_what_is_wrong_with_a_name) {
  EXPECT_EQ(describe_zone(" \n", nullptr, "1").error().message, "its name is empty");
  EXPECT_THAT(describe_zone("so\xff"
                            "cket",
                            nullptr, "1")
                  .error()
                  .message,
              testing::HasSubstr("\"so?cket\" is not that of a RAPL domain at the top"));
}

TEST(parse_energy, takes_a_whole_number_and_nothing_else) {
  EXPECT_EQ(parse_energy("206999074695\n").value(), 206999074695U);
  EXPECT_EQ(parse_energy("18446744073709551615").value(), ~std::uint64_t{0});
  for (const char* bad : {"", "\n", "-1", "1.5", "1e9", "nan", "inf", "0x10", "1 2",
                          "18446744073709551616", "abcdef"})
    EXPECT_FALSE(parse_energy(bad)) << bad;
}

TEST(parse_zone_directory, finds_the_parent_whatever_stands_for_the_numbers) {
  const auto top = parse_zone_directory("intel-rapl:a");
  ASSERT_TRUE(top);
  EXPECT_EQ(top->control, "intel-rapl");
  EXPECT_EQ(top->parent, "");
  EXPECT_EQ(parse_zone_directory("intel-rapl:0:1")->parent, "intel-rapl:0");
  EXPECT_EQ(parse_zone_directory("intel-rapl-mmio:0")->control, "intel-rapl-mmio");
  EXPECT_FALSE(parse_zone_directory("intel-rapl"));
  EXPECT_FALSE(parse_zone_directory("dtpm:0"));
  EXPECT_FALSE(parse_zone_directory(".keep"));
}

}  // namespace
}  // namespace sobriety::agent
