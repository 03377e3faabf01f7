#include "collector/expose/api_query.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

TEST(ApiQuery, is_decoded) {
  const auto query =
      Query::parse("site=H%C3%B4tel+de%20ville&role=&x=a%26b%3Dc", {"site", "role", "x"});
  ASSERT_TRUE(query) << query.error().message;
  EXPECT_EQ(*query.value().find("site"), "Hôtel de ville");
  EXPECT_EQ(*query.value().find("role"), "");
  EXPECT_EQ(*query.value().find("x"), "a&b=c");
  EXPECT_EQ(query.value().find("y"), nullptr);
}

TEST(ApiQuery, of_nothing_is_empty) {
  EXPECT_TRUE(Query::parse("", {}));
  EXPECT_TRUE(Query::parse("&&", {}));
}

struct Refused {
  std::string text;
  std::string_view says;
};
class RefusedQuery : public testing::TestWithParam<Refused> {};
TEST_P(RefusedQuery, says_what_is_wrong) {
  const auto query = Query::parse(GetParam().text, {"a", "b"});
  ASSERT_FALSE(query);
  EXPECT_NE(query.error().message.find(GetParam().says), std::string::npos)
      << query.error().message;
  EXPECT_EQ(status_of(query.error().code), 400U);
}
INSTANTIATE_TEST_SUITE_P(Queries, RefusedQuery,
                         testing::Values(Refused{"c=1", "unknown parameter 'c'; there are a, b"},
                                         Refused{"a=1&a=2", "'a' is given twice"},
                                         Refused{"a", "'a' without ="},
                                         Refused{"a=%4", "two hexadecimal digits"},
                                         Refused{"a=%zz", "two hexadecimal digits"},
                                         Refused{"a=%ff", "no UTF-8"},
                                         Refused{"a=" + std::string(513, 'x'), "longer than 512"},
                                         Refused{std::string(2049, '&'), "longer than 2048"},
                                         Refused{"\x01\x02=1", "'\?\?'"}));

TEST(HostFilter, is_read_whole) {
  const auto filter = host_filter(
      "site=A&department=B&role=laptop&state=idle&verdict=left_on&limit=7&after="
      "000102030405060708090a0b0c0d0e0f");
  ASSERT_TRUE(filter) << filter.error().message;
  EXPECT_EQ(filter.value().limit, 7U);
  EXPECT_EQ(filter.value().after->hex(), "000102030405060708090a0b0c0d0e0f");
  EXPECT_TRUE(filter.value().takes("A", "B", "laptop", "idle", "left_on"));
  EXPECT_FALSE(filter.value().takes("A", "C", "laptop", "idle", "left_on"));
  EXPECT_FALSE(filter.value().takes("A", "B", "laptop", "active", "left_on"));
}

TEST(HostFilter, takes_any_where_nothing_is_asked) {
  const auto filter = host_filter("");
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter.value().limit, 100U);
  EXPECT_TRUE(filter.value().takes("", "x", "server", "lost", "none"));
}

class RefusedFilter : public testing::TestWithParam<Refused> {};
TEST_P(RefusedFilter, says_what_is_wrong) {
  const auto filter = host_filter(GetParam().text);
  ASSERT_FALSE(filter);
  EXPECT_NE(filter.error().message.find(GetParam().says), std::string::npos)
      << filter.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Filters, RefusedFilter,
    testing::Values(Refused{"role=mainframe", "role: expected one of server, workstation"},
                    Refused{"state=sleepy", "state: expected one of active"},
                    Refused{"verdict=guilty", "verdict: expected one of none"},
                    Refused{"limit=0", "limit: expected a whole number from 1 to 1000"},
                    Refused{"limit=1001", "from 1 to 1000"}, Refused{"limit=-1", "from 1 to 1000"},
                    Refused{"after=7", "after: expected the id of a host"}));

TEST(Problem, is_a_json_object_that_says_what_is_wrong) {
  EXPECT_EQ(problem_text(400, "limit: \"x\""),
            "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
            "\"detail\":\"limit: \\\"x\\\"\"}\n");
}

}  // namespace
}  // namespace sobriety::collector
