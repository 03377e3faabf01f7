#include "collector/expose/family_writer.hpp"

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace sobriety::collector {
namespace {

using namespace prometheus;

class Families : public testing::Test {
 protected:
  Families() {
    BuildCounter()
        .Name("sobriety_door_refused_total")
        .Help("Connections refused.")
        .Register(registry)
        .Add({{"reason", "say \"no\"\\\n"}})
        .Increment(3);
    BuildGauge().Name("sobriety_build_info").Help("Version.").Register(registry).Add({}).Set(1);
    BuildGauge()
        .Name("process_resident_memory_bytes")
        .Help("A \"quoted\" word.")
        .Register(registry)
        .Add({})
        .Set(0.25);
    auto& duration = BuildHistogram()
                         .Name("sobriety_commit_duration_seconds")
                         .Help("Time.")
                         .Register(registry)
                         .Add({{"store", "sqlite"}}, Histogram::BucketBoundaries{0.5, 2});
    duration.Observe(0.25);
    duration.Observe(1);
    duration.Observe(4);
  }

  std::string written(Format format) {
    std::string text;
    write_families(text, registry.Collect(), format);
    return text;
  }

  Registry registry;
};

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

// Its histograms begin with their sums, which OpenMetrics does not want.
TEST_F(Families, have_in_text_the_lines_that_prometheus_cpp_writes) {
  EXPECT_EQ(sorted_lines(written(Format::text)),
            sorted_lines(TextSerializer{}.Serialize(registry.Collect())));
}

TEST_F(Families, have_the_names_and_units_of_openmetrics) {
  EXPECT_EQ(written(Format::openmetrics), R"(# TYPE sobriety_door_refused counter
# HELP sobriety_door_refused Connections refused.
sobriety_door_refused_total{reason="say \"no\"\\\n"} 3
# TYPE sobriety_build info
# HELP sobriety_build Version.
sobriety_build_info 1
# TYPE process_resident_memory_bytes gauge
# UNIT process_resident_memory_bytes bytes
# HELP process_resident_memory_bytes A \"quoted\" word.
process_resident_memory_bytes 0.25
# TYPE sobriety_commit_duration_seconds histogram
# UNIT sobriety_commit_duration_seconds seconds
# HELP sobriety_commit_duration_seconds Time.
sobriety_commit_duration_seconds_bucket{store="sqlite",le="0.5"} 1
sobriety_commit_duration_seconds_bucket{store="sqlite",le="2.0"} 2
sobriety_commit_duration_seconds_bucket{store="sqlite",le="+Inf"} 3
sobriety_commit_duration_seconds_sum{store="sqlite"} 5.25
sobriety_commit_duration_seconds_count{store="sqlite"} 3
)");
}

TEST(FamilyWriter, writes_what_is_no_number_as_the_formats_want_it) {
  MetricFamily family;
  family.name = "odd";
  family.help = "Odd.";
  family.type = MetricType::Gauge;
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(), 1e300, -0.1}) {
    ClientMetric metric;
    metric.gauge.value = value;
    family.metric.push_back(metric);
  }
  std::string text;
  write_families(text, std::vector{family}, Format::openmetrics);
  EXPECT_EQ(text,
            "# TYPE odd gauge\n# HELP odd Odd.\nodd NaN\nodd +Inf\nodd -Inf\nodd 1e+300\nodd "
            "-0.1\n");
}

TEST(WriteHead, a_unit_is_a_whole_word_at_the_end_of_the_name) {
  const auto unit = [](std::string_view name) {
    std::string text;
    write_head(text, {name, "gauge", "Help."}, Format::openmetrics);
    const auto at = text.find("# UNIT ");
    return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(unit("sobriety_host_power_watts"), "# UNIT sobriety_host_power_watts watts");
  EXPECT_EQ(unit("seconds"), "");
  EXPECT_EQ(unit("milliseconds"), "");
  EXPECT_EQ(unit("a_kilowatts"), "");
  EXPECT_EQ(unit("bytes_of_something"), "");
}

TEST(WriteHead, escapes_what_each_format_wants_escaped) {
  const auto help = [](Format format) {
    std::string text;
    write_head(text, {"x", "gauge", "a \\ \"b\"\nc"}, format);
    return text;
  };
  EXPECT_EQ(help(Format::text), "# HELP x a \\\\ \"b\"\\nc\n# TYPE x gauge\n");
  EXPECT_EQ(help(Format::openmetrics), "# TYPE x gauge\n# HELP x a \\\\ \\\"b\\\"\\nc\n");
}

TEST(WriteHead, a_counter_is_named_without_its_suffix_and_only_a_gauge_can_be_an_info) {
  std::string text;
  write_head(text, {"sobriety_host_energy_joules_total", "counter", "Help."}, Format::openmetrics);
  write_head(text, {"disk_info", "counter", "Help."}, Format::openmetrics);
  EXPECT_EQ(text,
            "# TYPE sobriety_host_energy_joules counter\n"
            "# UNIT sobriety_host_energy_joules joules\n"
            "# HELP sobriety_host_energy_joules Help.\n"
            "# TYPE disk_info counter\n# HELP disk_info Help.\n");
}

}  // namespace
}  // namespace sobriety::collector
