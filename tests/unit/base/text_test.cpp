#include "proto/base/text.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace sobriety {
namespace {

TEST(ParseNumber, takes_the_whole_text_or_nothing) {
  EXPECT_EQ(parse_number<std::uint64_t>("42"), 42U);
  for (const char* text :
       {"", " 42", "42 ", "42x", "-1", "+1", "99999999999999999999999", "4.2", "0x10"})
    EXPECT_EQ(parse_number<std::uint64_t>(text), std::nullopt) << text;
  EXPECT_EQ(parse_number<std::int64_t>("-7"), -7);
}

TEST(Trimmed, removes_blanks_and_line_ends_on_both_sides) {
  EXPECT_EQ(trimmed(" a b\n"), "a b");
  EXPECT_EQ(trimmed("\n \t"), "");
}

TEST(NextWord, walks_through_a_line) {
  std::string_view line = "  cpu  12 3";
  EXPECT_EQ(next_word(line), "cpu");
  EXPECT_EQ(next_word(line), "12");
  EXPECT_EQ(next_word(line), "3");
  EXPECT_EQ(next_word(line), "");
}

}  // namespace
}  // namespace sobriety
