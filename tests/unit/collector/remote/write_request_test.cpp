#include "collector/remote/write_request.hpp"

#include "collector/fleet/account.hpp"
#include "tests/support/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <map>

namespace sobriety::collector::remote {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

// The message, read a second time.
struct Message {
  explicit Message(std::string_view bytes) : rest(bytes) {}
  std::uint64_t varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(rest.at(0));
      rest.remove_prefix(1);
      number |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) return number;
    }
  }
  std::string_view bytes() {
    const std::size_t size = varint();
    const auto taken = rest.substr(0, size);
    if (taken.size() != size) throw std::runtime_error{"a field is cut"};
    rest.remove_prefix(size);
    return taken;
  }
  double fixed() {
    double value = 0;
    std::memcpy(&value, rest.substr(0, 8).data(), 8);
    rest.remove_prefix(8);
    return value;
  }
  std::string_view rest;
};

using Samples = std::vector<std::pair<std::int64_t, double>>;  // ms since boot, value

// The one NaN that tells that a series has ended.
MATCHER_P(EndsAt, time, "") {
  return arg.first == time && std::bit_cast<std::uint64_t>(arg.second) == 0x7ff0000000000002;
}

struct ReadSeries {
  Labels labels;
  Samples samples;
};

ReadSeries read_series(std::string_view bytes) {
  ReadSeries series;
  for (Message message{bytes}; !message.rest.empty();) {
    const auto key = message.varint();
    Message inner{message.bytes()};
    if (key == 0x0a) {
      EXPECT_EQ(inner.varint(), 0x0aU);
      const auto name = inner.bytes();
      EXPECT_EQ(inner.varint(), 0x12U);
      series.labels.emplace_back(name, inner.bytes());
    } else {
      EXPECT_EQ(key, 0x12U);
      EXPECT_EQ(inner.varint(), 0x09U);
      const double value = inner.fixed();
      EXPECT_EQ(inner.varint(), 0x10U);
      const auto at = static_cast<std::int64_t>(inner.varint());
      series.samples.emplace_back(at - test::boot_wall.time_since_epoch().count(), value);
    }
    EXPECT_TRUE(inner.rest.empty());
  }
  return series;
}

// Series by their labels, as text: `name{label=value,…}`.
std::map<std::string, Samples> read(const std::vector<OutboxBlock>& blocks) {
  std::map<std::string, Samples> found;
  for (const OutboxBlock& block : blocks) {
    std::size_t samples = 0;
    for (Message message{block.bytes}; !message.rest.empty();) {
      EXPECT_EQ(message.varint(), 0x0aU);
      const ReadSeries series = read_series(message.bytes());
      EXPECT_TRUE(std::is_sorted(series.labels.begin(), series.labels.end()));
      EXPECT_TRUE(std::is_sorted(series.samples.begin(), series.samples.end()));
      std::string name;
      std::string labels;
      for (const auto& [label, value] : series.labels)
        if (label == "__name__")
          name = value;
        else
          labels += (labels.empty() ? "" : ",") + label + '=' + value;
      samples += series.samples.size();
      auto& all = found[name + '{' + labels + '}'];
      all.insert(all.end(), series.samples.begin(), series.samples.end());
    }
    EXPECT_EQ(samples, block.samples);
  }
  return found;
}

class WriteRequest : public testing::Test {
 protected:
  WriteRequest() {
    begin_stream(host, test::id<StreamId>(1));
    learn(test::inventory_of({test::cpu("user"),
                              test::cpu("idle"),
                              test::meter("a \"strange\\\nmeter", EnergyScope::other),
                              {SignalId::source_status, "rapl", EnergyScope::none, ""}}));
    host.id = test::id<HostId>(7);
    host.label = "web-1";
  }
  void learn(const Inventory& inventory) {
    adopt(host, inventory, std::make_shared<const Layout>(inventory),
          std::make_shared<const LabelText>(info_labels(inventory)));
  }
  void take(const std::vector<test::Sample>& samples) {
    apply(host, test::batch_of(host.applied.seq + 1, samples), test::arrival, Points::kept);
  }
  std::map<std::string, Samples> written() {
    return read(blocks_of(host, host.pending->points, external));
  }

  Host host;
  Labels external;
};

constexpr Cell joule = 1'000'000;
const std::string meter =
    "sobriety_host_component_energy_joules_total{component=a \"strange\\\nmeter,"
    "host=web-1}";

TEST_F(WriteRequest, every_sample_of_a_batch_has_its_own_time_and_value) {
  take({{1s, {700, 100, 5 * joule, 0}}, {6s, {701, 150, 6 * joule, 0}}});
  take({{11s, {733, 190, 6 * joule + 1, 0}}});
  const auto series = written();
  EXPECT_THAT(series.at("sobriety_host_cpu_seconds_total{host=web-1,mode=user}"),
              ElementsAre(Pair(1000, 7.0), Pair(6000, 7.01), Pair(11'000, 7.33)));
  EXPECT_THAT(series.at(meter),
              ElementsAre(Pair(1000, 5.0), Pair(6000, 6.0), Pair(11'000, 6.000001)));
  EXPECT_THAT(series.at("sobriety_host_up{host=web-1}"),
              ElementsAre(Pair(1000, 1.0), Pair(6000, 1.0), Pair(11'000, 1.0)));
  EXPECT_THAT(series.at("sobriety_host_uptime_seconds{host=web-1}"),
              ElementsAre(Pair(1000, 1.0), Pair(6000, 6.0), Pair(11'000, 11.0)));
}

TEST_F(WriteRequest, what_a_batch_tells_as_a_whole_has_the_time_of_its_last_sample) {
  take({{1s, {0, 100, 0, 0}}, {6s, {100, 500, 0, 0}}, {11s, {500, 600, 0, 0}}});
  EXPECT_THAT(written().at("sobriety_host_cpu_usage_ratio{host=web-1}"),
              ElementsAre(Pair(11'000, 0.5)));
}

TEST_F(WriteRequest, a_sample_is_of_a_host_that_is_up_whatever_was_known_of_it) {
  take({{1s, {1, 1, 0, 0}}});
  host.account.judge.farewell = Farewell::shutdown;
  set_up(host, false);
  host.pending->points.clear();
  take({{6s, {2, 2, 0, 0}}});
  const auto series = written();
  EXPECT_TRUE(series.contains("sobriety_host_state{host=web-1,state=active}"));
  EXPECT_FALSE(series.contains("sobriety_host_state{host=web-1,state=off}"));
  EXPECT_FALSE(host.up);
}

TEST_F(WriteRequest, a_status_is_a_label_and_its_change_begins_a_series) {
  take({{1s, {0, 0, 0, 0}},
        {2s, {0, 0, 0, 2}},
        {3s, {0, 0, 0, 2}},
        {4s, {0, 0, no_value, no_value}}});
  const auto series = written();
  const std::string status = "sobriety_host_source_status{host=web-1,source=rapl,status=";
  EXPECT_THAT(series.at(status + "found}"), ElementsAre(Pair(1000, 1.0), EndsAt(2000)));
  EXPECT_THAT(series.at(status + "denied}"),
              ElementsAre(Pair(2000, 1.0), Pair(3000, 1.0), EndsAt(4000)));
}

TEST_F(WriteRequest, a_series_ends_where_its_value_does_also_between_commits) {
  take({{1s, {1, 1, joule, 0}}});
  publish(host, host.pending->row, host.layout);
  host.pending.reset();
  take({{2s, {2, 2, 2 * joule, 2}}, {3s, {3, 3, no_value, no_value}}});
  const auto series = written();
  const std::string status = "sobriety_host_source_status{host=web-1,source=rapl,status=";
  EXPECT_THAT(series.at(status + "found}"), ElementsAre(EndsAt(2000)));
  EXPECT_THAT(series.at(status + "denied}"), ElementsAre(Pair(2000, 1.0), EndsAt(3000)));
  // What a batch tells as a whole goes on from one to the next.
  EXPECT_THAT(series.at("sobriety_host_cpu_usage_ratio{host=web-1}"),
              ElementsAre(Pair(3000, testing::_)));
}

TEST_F(WriteRequest, all_series_of_a_host_end_behind_its_newest_sample_when_it_falls_silent) {
  take({{1s, {1, 1, joule, 0}}, {2s, {2, 2, 2 * joule, 0}}});
  publish(host, host.pending->row, host.layout);
  host.pending.reset();
  end_series(host, test::arrival);
  set_up(host, false);
  EXPECT_TRUE(host.noted);
  const auto series = written();
  EXPECT_GT(series.size(), 10U);
  for (const auto& [name, samples] : series)
    EXPECT_THAT(samples, ElementsAre(EndsAt(2001))) << name;
  EXPECT_TRUE(series.contains("sobriety_host_state{host=web-1,state=active}"));
  EXPECT_FALSE(series.contains("sobriety_host_state{host=web-1,state=lost}"));

  host.pending->points.clear();
  end_series(host, test::arrival);
  EXPECT_TRUE(host.pending->points.empty());  // it has none that go on
}

TEST_F(WriteRequest, series_that_a_new_inventory_does_not_have_end) {
  take({{1s, {1, 1, joule, 0}}});
  publish(host, host.pending->row, host.layout);
  end_series(host, test::arrival);
  learn(test::inventory_of({test::cpu("user")}));
  take({{9s, {9}}});
  const auto series = written();
  EXPECT_THAT(series.at(meter), ElementsAre(Pair(1000, 1.0), EndsAt(1001)));
  EXPECT_THAT(series.at("sobriety_host_cpu_seconds_total{host=web-1,mode=user}"),
              ElementsAre(Pair(1000, 0.01), EndsAt(1001), Pair(9000, 0.09)));
}

TEST_F(WriteRequest, external_labels_are_added_where_a_series_has_none_of_that_name) {
  external = {{"Region", "north"}, {"host", "of the collector"}, {"mode", "any"}};
  take({{1s, {1, 1, 1, 0}}});
  const auto series = written();
  EXPECT_TRUE(
      series.contains("sobriety_host_cpu_seconds_total{Region=north,host=web-1,mode=user}"));
  EXPECT_TRUE(series.contains("sobriety_host_up{Region=north,host=web-1,mode=any}"));
}

TEST_F(WriteRequest, the_identity_of_a_host_has_all_that_metrics_shows) {
  host.membership =
      std::make_shared<const LabelText>("\",site=\"Lyon\",department=\"a\\\\b\",role=\"server");
  take({{1s, {1, 1, 1, 0}}});
  const auto series = written();
  const auto info = std::find_if(series.begin(), series.end(), [](const auto& entry) {
    return entry.first.starts_with("sobriety_host_info{");
  });
  ASSERT_NE(info, series.end());
  EXPECT_EQ(info->first,
            "sobriety_host_info{agent_version=1.2.3,chassis=server,cpu_model=Some CPU,cpus=8,"
            "department=a\\b,host=web-1,id=" +
                host.id.hex() +
                ",kernel=6.1.0,memory_bytes=16000000000,"
                "os=Debian 12,product=R740,role=server,site=Lyon,virtualization=none}");
}

TEST_F(WriteRequest, times_that_go_back_are_put_in_order_and_of_one_time_the_newest_stays) {
  take({{5s, {5, 0, 0, 0}}});
  take({{9s, {9, 0, 0, 0}}});
  host.pending->points.push_back(host.pending->points.front());
  host.pending->points.back().row[host.layout->first(MetricId::host_cpu_time)] = 600;
  EXPECT_THAT(written().at("sobriety_host_cpu_seconds_total{host=web-1,mode=user}"),
              ElementsAre(Pair(5000, 6.0), Pair(9000, 0.09)));
}

TEST_F(WriteRequest, many_points_and_other_layouts_are_blocks_of_their_own) {
  for (int i = 1; i <= 65; ++i) take({{i * 1s, {i, i, i * joule, 0}}});
  EXPECT_EQ(blocks_of(host, host.pending->points, {}).size(), 2U);
  learn(test::inventory_of({test::cpu("user")}));
  take({{70s, {80}}});
  const auto blocks = blocks_of(host, host.pending->points, {});
  EXPECT_EQ(blocks.size(), 3U);
  EXPECT_EQ(read(blocks).at(meter).size(), 65U);
  EXPECT_EQ(read(blocks).at("sobriety_host_cpu_seconds_total{host=web-1,mode=user}").size(), 66U);
}

TEST_F(WriteRequest, without_host_detail_nothing_is_sent_of_a_machine_that_people_sit_at) {
  take({{5s, {5, 0, 0, 0}}});
  EXPECT_EQ(blocks_of(host, host.pending->points, {}, false).size(), 1U);  // of nobody's
  policy::HostPolicy policy = *host.policy;
  policy.group.role = policy::Role::laptop;
  host.policy = std::make_shared<const policy::HostPolicy>(std::move(policy));
  EXPECT_EQ(blocks_of(host, host.pending->points, {}, true).size(), 1U);
  EXPECT_TRUE(blocks_of(host, host.pending->points, {}, false).empty());
}

TEST_F(WriteRequest, nothing_is_kept_where_nobody_wants_points) {
  apply(host, test::batch_of(1, {{1s, {1, 1, 1, 0}}}), test::arrival);
  EXPECT_TRUE(host.pending->points.empty());
}

TEST(ReadLabels, takes_finished_text_apart) {
  EXPECT_THAT(read_labels("a=\"b\",c=\"\\\"d\\\\\\n\"} "),
              ElementsAre(Pair("a", "b"), Pair("c", "\"d\\\n")));
  EXPECT_TRUE(read_labels("} ").empty());
  EXPECT_THAT(read_labels(",source=\"rapl\",status=\""), ElementsAre(Pair("source", "rapl")));
}

}  // namespace
}  // namespace sobriety::collector::remote
