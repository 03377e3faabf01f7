#include "proto/model/metric.hpp"
#include "proto/model/signal.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sobriety {
namespace {

TEST(MetricTable, follows_the_conventions_of_prometheus) {
  std::set<std::string_view> names;
  for (const Metric& row : metrics()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is there twice";
    EXPECT_TRUE(row.name.starts_with("sobriety_host_")) << row.name;
    EXPECT_EQ(row.kind == MetricKind::counter, row.name.ends_with("_total")) << row.name;
    EXPECT_TRUE(row.help.ends_with(".")) << row.name;
    EXPECT_LE(row.decimals, 9U) << row.name;
  }
}

TEST(SignalTable, finds_each_signal_and_nothing_else) {
  for (const Signal& row : signals())
    EXPECT_EQ(find_signal(static_cast<std::uint32_t>(row.id)), &row);
  EXPECT_EQ(find_signal(0), nullptr);
  EXPECT_EQ(find_signal(0xffff), nullptr);
}

}  // namespace
}  // namespace sobriety
