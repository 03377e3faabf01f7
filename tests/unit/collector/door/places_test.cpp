#include "collector/door/places.hpp"

#include "collector/door/rate_limit.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

net::ip::address address(const char* text) { return net::ip::make_address(text); }

TEST(Places, are_given_in_all_and_by_address_and_come_back) {
  const auto places = std::make_shared<Places>(3, 2);
  auto one = places->take(address("192.0.2.1"));
  auto two = places->take(address("192.0.2.1"));
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(places->take(address("192.0.2.1")));
  auto other = places->take(address("2001:db8::1"));
  EXPECT_TRUE(other);
  EXPECT_FALSE(places->take(address("192.0.2.9")));
  one.reset();
  EXPECT_TRUE(places->take(address("192.0.2.9")));
}

TEST(Places, an_address_is_the_same_through_either_family) {
  EXPECT_EQ(without_mapping(address("::ffff:192.0.2.1")), address("192.0.2.1"));
  EXPECT_EQ(without_mapping(address("2001:db8::1")), address("2001:db8::1"));
}

TEST(RateLimit, an_address_that_asks_too_often_waits_and_others_do_not) {
  RateLimit limit{{100, 2}};
  const RateLimit::Clock::time_point start{1h};
  EXPECT_TRUE(limit.allows(address("192.0.2.1"), start));
  EXPECT_TRUE(limit.allows(address("192.0.2.1"), start));
  EXPECT_FALSE(limit.allows(address("192.0.2.1"), start));
  EXPECT_TRUE(limit.allows(address("192.0.2.2"), start));
  EXPECT_FALSE(limit.allows(address("192.0.2.1"), start + 29s));
  EXPECT_TRUE(limit.allows(address("192.0.2.1"), start + 30s));
  // A long pause saves up no more than a minute's worth.
  for (const bool allowed : {true, true, false})
    EXPECT_EQ(limit.allows(address("192.0.2.1"), start + 1h), allowed);
}

TEST(RateLimit, all_addresses_together_have_a_limit) {
  RateLimit limit{{3, 3}};
  const RateLimit::Clock::time_point start{1h};
  int allowed = 0;
  for (int i = 1; i <= 10; ++i)
    allowed += limit.allows(net::ip::address_v4(static_cast<unsigned>(i)), start) ? 1 : 0;
  EXPECT_EQ(allowed, 3);
  EXPECT_TRUE(limit.allows(address("192.0.2.1"), start + 20s));
}

TEST(RateLimit, remembers_a_bounded_number_of_addresses) {
  RateLimit limit{{1'000'000, 1}};
  const RateLimit::Clock::time_point start{1h};
  for (unsigned i = 0; i < 10'000; ++i)
    ASSERT_TRUE(limit.allows(net::ip::address_v4(i), start)) << i;
  EXPECT_FALSE(limit.allows(net::ip::address_v4(10'000), start));
  EXPECT_TRUE(limit.allows(net::ip::address_v4(10'000), start + 2min));
}

}  // namespace
}  // namespace sobriety::collector
