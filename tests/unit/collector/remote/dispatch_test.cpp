#include "collector/remote/dispatch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::collector::remote {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

OutboxRow row(std::int64_t no, const std::vector<std::string>& blocks) {
  OutboxRow made{no, {}};
  for (const std::string& block : blocks) made.blocks.push_back({block, 10});
  return made;
}

// Plays a receiver that will not take requests with a bad letter, until nothing is left; what it
// took.
std::vector<std::string> play(Dispatch& dispatch, std::string_view bad) {
  std::vector<std::string> taken;
  while (!dispatch.empty()) {
    if (dispatch.request().find_first_of(bad) != std::string::npos) {
      dispatch.refused_part();
    } else {
      taken.push_back(dispatch.request());
      dispatch.accepted();
    }
  }
  return taken;
}

TEST(Dispatch, fills_requests_over_rows_and_cuts_a_row_that_is_too_large) {
  Dispatch dispatch{30};
  dispatch.load({row(1, {"a"}), row(2, {"b", "c", "d", "e"}), row(5, {"f"})});
  EXPECT_EQ(dispatch.samples(), 30U);
  EXPECT_EQ(dispatch.request(), "abc");
  dispatch.accepted();
  EXPECT_THAT(dispatch.take_settled(), ElementsAre(OutboxSettled{1, 0}));
  EXPECT_EQ(dispatch.request(), "def");
  dispatch.accepted();
  EXPECT_THAT(dispatch.take_settled(), ElementsAre(OutboxSettled{2, 0}, OutboxSettled{5, 0}));
  EXPECT_TRUE(dispatch.empty());
}

TEST(Dispatch, a_block_that_is_larger_than_a_request_goes_alone) {
  Dispatch dispatch{5};
  dispatch.load({row(1, {"a", "b"})});
  EXPECT_THAT(play(dispatch, ""), ElementsAre("a", "b"));
}

TEST(Dispatch, a_request_stays_the_next_until_it_is_told_what_became_of_it) {
  Dispatch dispatch{20};
  dispatch.load({row(1, {"a", "b", "c"})});
  EXPECT_EQ(dispatch.request(), "ab");
  EXPECT_EQ(dispatch.request(), "ab");
  EXPECT_THAT(dispatch.take_settled(), IsEmpty());
}

TEST(Dispatch, one_bad_block_costs_no_other_and_the_order_stays) {
  Dispatch dispatch{1000};
  dispatch.load({row(1, {"a", "b"}), row(2, {"c", "X", "d"}), row(3, {"e"})});
  EXPECT_THAT(play(dispatch, "X"), ElementsAre("abc", "de"));
  EXPECT_THAT(dispatch.take_settled(),
              ElementsAre(OutboxSettled{1, 0}, OutboxSettled{2, 10}, OutboxSettled{3, 0}));
}

TEST(Dispatch, all_bad_blocks_are_counted_each_once) {
  Dispatch dispatch{1000};
  dispatch.load({row(1, {"X", "X", "X"}), row(2, {"X"})});
  EXPECT_THAT(play(dispatch, "X"), IsEmpty());
  EXPECT_THAT(dispatch.take_settled(), ElementsAre(OutboxSettled{1, 30}, OutboxSettled{2, 10}));
}

TEST(Dispatch, what_is_refused_as_a_whole_is_not_cut) {
  Dispatch dispatch{20};
  dispatch.load({row(1, {"a", "b", "c"})});
  dispatch.refused();
  EXPECT_EQ(dispatch.request(), "c");
  dispatch.accepted();
  EXPECT_THAT(dispatch.take_settled(), ElementsAre(OutboxSettled{1, 20}));
}

TEST(Dispatch, a_row_without_blocks_leaves_at_once) {
  Dispatch dispatch{20};
  dispatch.load({row(4, {})});
  EXPECT_TRUE(dispatch.empty());
  EXPECT_THAT(dispatch.take_settled(), ElementsAre(OutboxSettled{4, 0}));
}

}  // namespace
}  // namespace sobriety::collector::remote
