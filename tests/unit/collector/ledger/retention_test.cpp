#include "collector/ledger/retention.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono;

TEST(Retention, counts_calendar_months_back_to_the_start_of_a_day) {
  struct Case {
    year_month_day today;
    unsigned months;
    year_month_day first;
  };
  const Case cases[] = {
      {2026y / 11 / 24, 13, 2025y / 10 / 24}, {2026y / 1 / 31, 13, 2024y / 12 / 31},
      {2026y / 3 / 31, 1, 2026y / 2 / 28},    {2024y / 3 / 31, 1, 2024y / 2 / 29},
      {2024y / 2 / 29, 12, 2023y / 2 / 28},   {2026y / 1 / 1, 1, 2025y / 12 / 1},
      {2026y / 7 / 30, 1200, 1926y / 7 / 30},
  };
  for (const auto& [today, months, first] : cases)
    for (const auto of_day : {0h, 23h})
      EXPECT_EQ(first_kept_hour(sys_days{today} + of_day + 59min, months), Hour{sys_days{first}});
}

}  // namespace
}  // namespace sobriety::collector
