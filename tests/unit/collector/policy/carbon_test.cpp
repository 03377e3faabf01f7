#include "collector/policy/carbon.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::policy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

sys_time<hours> hour(year_month_day date, hours at) { return sys_days{date} + at; }

std::shared_ptr<const Provenance> from(const char* source) {
  return std::make_shared<Provenance>(Provenance{source, "life cycle"});
}

TEST(CarbonZone, takes_the_factor_of_the_hour_then_of_the_year_then_the_constant) {
  CarbonZone zone{"FR"};
  EXPECT_FALSE(zone.factor_at(hour(2026y / May / 1, 0h)));
  zone.set_constant(2019, 98, from("BoaviztAPI"));
  zone.set_annual(2023, 55.28, from("OWID"));
  zone.set_annual(2024, 44.18, from("OWID"));
  zone.add_hourly(hour(2026y / May / 1, 3h), 20, from("hourly"));

  const auto hourly = zone.factor_at(hour(2026y / May / 1, 3h) + 59min).value();
  EXPECT_EQ(hourly.grams_per_kwh, 20);
  EXPECT_EQ(hourly.level, FactorLevel::hourly);
  EXPECT_EQ(hourly.year, 2026);
  EXPECT_EQ(hourly.provenance->source, "hourly");

  const auto newest = zone.factor_at(hour(2026y / May / 1, 4h)).value();
  EXPECT_EQ(newest.grams_per_kwh, 44.18);
  EXPECT_EQ(newest.level, FactorLevel::annual);
  EXPECT_EQ(newest.year, 2024);  // said: it is not of 2026
  EXPECT_EQ(zone.factor_at(hour(2023y / December / 31, 23h)).value().grams_per_kwh, 55.28);

  const auto before = zone.factor_at(hour(2022y / December / 31, 23h)).value();
  EXPECT_EQ(before.level, FactorLevel::constant);
  EXPECT_EQ(before.year, 2019);
}

TEST(CarbonZone, quarters_of_an_hour_count_by_their_mean) {
  CarbonZone zone{"FR"};
  for (const double grams : {10, 20, 30, 60})
    zone.add_hourly(hour(2026y / May / 1, 0h), grams, from("a"));
  EXPECT_DOUBLE_EQ(zone.factor_at(hour(2026y / May / 1, 0h)).value().grams_per_kwh, 30);  // 120 / 4
}

TEST(CarbonZone, names_its_holes) {
  CarbonZone zone{"FR"};
  EXPECT_TRUE(zone.holes().empty());
  for (const hours at : {0h, 1h, 4h, 5h, 9h})
    zone.add_hourly(hour(2026y / May / 1, at), 1, from("a"));
  const std::vector<Hole> expected{{hour(2026y / May / 1, 2h), hour(2026y / May / 1, 4h)},
                                   {hour(2026y / May / 1, 6h), hour(2026y / May / 1, 9h)}};
  EXPECT_EQ(zone.holes(), expected);
}

}  // namespace
}  // namespace sobriety::collector::policy
