#include "agent/source/label.hpp"

#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

struct LabelCase {
  const char* name;
  std::string given;
  std::string expected;
};

class CleanLabel : public testing::TestWithParam<LabelCase> {};

TEST_P(CleanLabel, becomes) { EXPECT_EQ(clean_label(GetParam().given), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    , CleanLabel,
    testing::Values(LabelCase{"plain_text_stays", "Package id 0", "Package id 0"},
                    LabelCase{"letters_of_other_scripts_stay", "Température 温度 🌡",
                              "Température 温度 🌡"},
                    LabelCase{"blanks_and_line_ends_become_one_space", "  a \t\n\r b  ", "a b"},
                    LabelCase{"a_broken_byte_becomes_a_question_mark", "LNV-45N1\xf6\x0a",
                              "LNV-45N1?"},
                    LabelCase{"an_unfinished_sequence_is_broken", "x\xe6\xb8", "x??"},
                    LabelCase{"an_overlong_sequence_is_broken", "\xc0\xaf\xe0\x80\xaf", "?????"},
                    LabelCase{"a_surrogate_is_broken", "\xed\xa0\x80", "???"},
                    LabelCase{"beyond_unicode_is_broken", "\xf4\x90\x80\x80", "????"},
                    LabelCase{"controls_go", std::string{"a\0b\x1b[2Jc\xc2\x9b", 10}, "a b [2Jc"},
                    LabelCase{"nothing_stays_nothing", "", ""},
                    LabelCase{"blanks_only_is_nothing", " \n", ""}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(clean_label, cuts_between_letters_never_inside_one) {
  EXPECT_EQ(clean_label("ab温", 4), "ab");
  EXPECT_EQ(clean_label("ab温", 5), "ab温");
  EXPECT_EQ(clean_label(std::string(500, 'x')).size(), longest_label);
}

}  // namespace
}  // namespace sobriety::agent
