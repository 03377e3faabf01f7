#include "collector/remote/retry.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::remote {
namespace {

using namespace std::chrono_literals;

TEST(Outcome, is_what_the_specification_says_of_a_status) {
  for (const unsigned status : {200U, 202U, 204U, 299U})
    EXPECT_EQ(outcome_of(status), Outcome::accepted) << status;
  for (const unsigned status : {429U, 500U, 502U, 503U, 599U, 301U, 101U})
    EXPECT_EQ(outcome_of(status), Outcome::again) << status;
  for (const unsigned status : {401U, 403U, 404U, 499U})
    EXPECT_EQ(outcome_of(status), Outcome::refused) << status;
  for (const unsigned status : {400U, 413U, 422U})
    EXPECT_EQ(outcome_of(status), Outcome::refused_part) << status;
}

TEST(RetryAfter, is_seconds_or_a_date_and_at_most_an_hour) {
  // 06 Nov 1994 08:49:30
  const WallTime now{784'111'770s};
  EXPECT_EQ(retry_after("7", now), 7s);
  EXPECT_EQ(retry_after(" 0 ", now), 0s);
  EXPECT_EQ(retry_after("86400", now), 3600s);
  EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 7s);
  EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now), 0s);
  EXPECT_EQ(retry_after("Sun, 06 Nov 2094 08:49:37 GMT", now), 3600s);
  for (const char* text : {"", "-1", "7s", "soon", "1e3", "99999999999",
                           "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 06 Nov -994 08:49:37 GMT", "Sun, 06 Nov 1994 28:49:37 GMT"})
    EXPECT_EQ(retry_after(text, now), std::nullopt) << text;
}

}  // namespace
}  // namespace sobriety::collector::remote
