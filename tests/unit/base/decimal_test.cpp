#include "proto/base/decimal.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>

namespace sobriety {
namespace {

std::string printf_text(std::int64_t value, unsigned decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.16g", decimal_value(value, decimals));
  return text;
}

TEST(Decimal, writes_the_shortest_exact_text) {
  EXPECT_EQ(decimal_text(0, 6), "0");
  EXPECT_EQ(decimal_text(1'500'000, 6), "1.5");
  EXPECT_EQ(decimal_text(1'000'000, 6), "1");
  EXPECT_EQ(decimal_text(-250, 3), "-0.25");
  EXPECT_EQ(decimal_text(12'345'678'901'234'567, 6), "12345678901.234567");
  EXPECT_EQ(decimal_text(1, 2), "0.01");
  EXPECT_EQ(decimal_text(1, 6), "1e-06");
}

TEST(Decimal, holds_the_extremes) {
  EXPECT_EQ(decimal_text(std::numeric_limits<std::int64_t>::max(), 0), "9223372036854775807");
  EXPECT_EQ(decimal_text(std::numeric_limits<std::int64_t>::min(), 0), "-9223372036854775808");
  EXPECT_LE(decimal_text(std::numeric_limits<std::int64_t>::min(), 9).size(), max_decimal_length);
}

std::int64_t random_number(std::mt19937_64& random, unsigned max_digits) {
  std::uint64_t bound = 1;
  for (auto digits = random() % max_digits + 1; digits > 0; --digits) bound *= 10;
  const auto value = static_cast<std::int64_t>(random() % bound);
  return random() % 2 == 0 ? value : -value;
}

TEST(Decimal, reads_back_as_the_same_double_for_all_numbers_of_15_digits) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 200'000; ++i) {
    const std::int64_t value = random_number(random, 15);
    for (const unsigned decimals : {0U, 2U, 3U, 6U, 9U})
      ASSERT_EQ(std::strtod(decimal_text(value, decimals).c_str(), nullptr),
                decimal_value(value, decimals))
          << value << " " << decimals;
  }
}

TEST(Decimal, is_what_printf_writes_where_a_double_holds_the_number_exactly) {
  std::mt19937_64 random{2};
  for (int i = 0; i < 200'000; ++i) {
    const std::int64_t whole = random_number(random, 10);
    ASSERT_EQ(decimal_text(whole, 0), printf_text(whole, 0));
    const std::int64_t eighths = whole * 125;  // n/8 = 0.125 n
    ASSERT_EQ(decimal_text(eighths, 3), printf_text(eighths, 3));
  }
}

}  // namespace
}  // namespace sobriety
