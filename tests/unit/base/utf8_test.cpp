#include "proto/base/utf8.hpp"

#include <gtest/gtest.h>

namespace sobriety {
namespace {

TEST(Utf8, accepts_every_length_at_its_ends) {
  for (const char* text : {"", "plain", "\x7F", "\u0080", "\u07FF", "\u0800", "\uD7FF", "\uE000",
                           "\uFFFF", "\U00010000", "\U0010FFFF", "caf\u00E9 \u2615"})
    EXPECT_EQ(find_invalid_utf8(text), std::string_view::npos) << text;
}

TEST(Utf8, says_where_the_first_invalid_byte_is) {
  struct Case {
    std::string_view text;
    std::size_t at;
  };
  for (const auto& [text, at] :
       {Case{"a\x80", 1}, Case{"ab\xC0\xAF", 2}, Case{"\xC1\xBF", 0}, Case{"\xE0\x9F\xBF", 0},
        Case{"\xED\xA0\x80", 0}, Case{"\xF0\x8F\xBF\xBF", 0}, Case{"\xF4\x90\x80\x80", 0},
        Case{"\xF5\x80\x80\x80", 0}, Case{"\xFF", 0}, Case{"x\xE2\x82", 1}, Case{"x\xE2\x82z", 1},
        Case{"\u00E9\xC3", 2}})
    EXPECT_EQ(find_invalid_utf8(text), at) << text;
}

}  // namespace
}  // namespace sobriety
