#include "collector/fleet/shard.hpp"

#include "collector/fleet/account.hpp"
#include "collector/fleet/show.hpp"
#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

struct Listener final : HostSession {
  void committed(std::uint64_t) override {}
  void superseded() override { ++times_superseded; }
  int times_superseded = 0;
};

class ShardTest : public testing::Test {
 protected:
  Host& introduce(std::uint8_t host, std::uint8_t stream = 1, std::string name = {}) {
    return shard.introduce(test::hello_of(host, stream, std::move(name)), test::boot_wall, now);
  }
  // A batch of the host came and is committed.
  static void reports(Host& host, Steady::time_point at) {
    host.last_arrival = at;
    publish(host, {}, host.layout);
  }
  static Cell up_cell(const Host& host) { return host.row[host.layout->first(MetricId::host_up)]; }

  Names names;
  Shard shard{names, 3};
  Steady::time_point now{};
  const Inventory like = test::inventory_of({test::cpu("user"), test::wall_meter()});
};

TEST_F(ShardTest, a_host_is_one_host_through_all_its_streams) {
  Host& host = introduce(1, 1);
  host.applied.seq = host.stored.seq = 5;
  host.stored.stream = host.applied.stream;
  EXPECT_EQ(&introduce(1, 1), &host);
  EXPECT_EQ(host.applied.seq, 5U);
  EXPECT_EQ(&introduce(1, 2), &host);
  EXPECT_EQ(host.applied.seq, 0U);
  EXPECT_EQ(host.committed(), 0U);
  EXPECT_NE(&introduce(2), &host);
  EXPECT_EQ(shard.hosts().size(), 2U);
}

TEST_F(ShardTest, references_to_hosts_stay_good) {
  Host& first = introduce(0);
  for (std::uint8_t i = 1; i < 200; ++i) introduce(i);
  EXPECT_EQ(&introduce(0), &first);
  EXPECT_EQ(first.name, "host-0");
}

TEST_F(ShardTest, hosts_of_which_the_policy_says_the_same_share_what_it_says) {
  policy::PolicyParts parts;
  policy::Rule rule;
  rule.name = "the lab's";
  rule.match.hostname = {"lab-*"};
  rule.grant.owner = "lab";
  parts.rules.push_back(rule);
  shard.judge_by(std::make_shared<const policy::Policy>(std::move(parts)));
  EXPECT_EQ(introduce(1, 1, "desk-1").policy, introduce(2, 1, "desk-2").policy);
  const Host& other = introduce(3, 1, "lab-3");
  EXPECT_EQ(other.policy->owner, "lab");
  EXPECT_EQ(introduce(4, 1, "lab-4").policy, other.policy);
}

TEST_F(ShardTest, tells_of_a_host_that_is_up_before_it_falls_silent_or_has_other_series) {
  std::vector<std::string> told;
  Shard telling{names, 3, std::make_shared<const policy::Policy>(), [&told](Host& host) {
                  EXPECT_TRUE(host.up);
                  told.push_back(host.name);
                }};
  Host& first = telling.introduce(test::hello_of(1), test::boot_wall, now);
  Host& second = telling.introduce(test::hello_of(2), test::boot_wall, now);
  for (Host* host : {&first, &second}) telling.adopt(*host, like);
  telling.judge_silence(now + 1h);
  EXPECT_TRUE(told.empty());  // neither was ever up
  for (Host* host : {&first, &second}) reports(*host, now);
  telling.adopt(first, like);
  EXPECT_TRUE(told.empty());  // the same series
  telling.adopt(first, test::inventory_of({test::cpu("user")}));
  EXPECT_EQ(told, std::vector<std::string>{first.name});
  telling.goodbye(second, wire::GoodbyeReason::shutdown);
  EXPECT_EQ(told.back(), second.name);
  for (int i = 0; i < 2; ++i) telling.judge_silence(now + 1h);
  EXPECT_EQ(told, (std::vector<std::string>{first.name, second.name, first.name}));
}

TEST_F(ShardTest, a_host_that_returns_is_not_lost_while_its_first_batch_waits_for_its_commit) {
  Host& host = introduce(1);
  shard.adopt(host, like);
  apply(host, test::batch_of(1, {{1000ms, {5, 130}}}), test::arrival);
  host.stored = host.applied;
  reports(host, now);
  shard.goodbye(host, wire::GoodbyeReason::shutdown);
  EXPECT_EQ(state_now(host), PowerState::off);
  introduce(1);
  EXPECT_EQ(state_now(host), PowerState::off);
  apply(host, test::batch_of(2, {{9000ms, {6, 140}}}), test::arrival);
  EXPECT_FALSE(host.up);
  EXPECT_NE(state_now(host), PowerState::lost);
}

TEST_F(ShardTest, takes_from_a_hello_what_it_says) {
  wire::Hello hello = test::hello_of(1);
  hello.wall = test::boot_wall + 1500ms;
  hello.report_interval = 7s;
  hello.host_name = "say \"hi\"";
  Host& host = shard.introduce(hello, test::boot_wall, now);
  shard.adopt(host, like);
  EXPECT_EQ(host.label, "say \\\"hi\\\"");
  EXPECT_EQ(host.report_interval, 7s);
  EXPECT_EQ(host.row[host.layout->first(MetricId::host_clock_skew)], 1500);
}

TEST_F(ShardTest, a_hello_tells_when_its_boot_began_by_our_clock) {
  wire::Hello hello = test::hello_of(1);
  hello.wall = test::boot_wall + 8766h;
  hello.clock = {test::id<BootId>(1), 90s};
  Host& host = shard.introduce(hello, test::boot_wall + 100s, now);
  ASSERT_TRUE(host.clock);
  EXPECT_EQ(host.clock->boot, test::id<BootId>(1));
  EXPECT_EQ(host.clock->began, test::boot_wall + 10s);
  EXPECT_FALSE(introduce(1).clock);
}

TEST_F(ShardTest, a_host_that_changes_its_name_gets_a_new_label) {
  introduce(1, 1, "web");
  EXPECT_EQ(introduce(2, 1, "web").label, "web-02020202");
  EXPECT_EQ(introduce(2, 1, "db").label, "db");
  EXPECT_EQ(introduce(1, 1, "web").label, "web");
}

TEST_F(ShardTest,
       a_renamed_host_keeps_its_account_and_a_reimaged_one_of_the_same_name_begins_at_zero) {
  Host& web = introduce(1, 1, "web");
  web.account.totals[Figure::uj_measured] = 7;
  EXPECT_EQ(introduce(1, 2, "db").account.totals[Figure::uj_measured], 7);
  // The disk was made anew, and the id of its state directory with it.
  EXPECT_EQ(introduce(2, 3, "db").account.totals[Figure::uj_measured], 0);
  EXPECT_EQ(introduce(1, 2, "db").label, "db");
  EXPECT_EQ(introduce(2, 3, "db").label, "db-02020202");
  EXPECT_EQ(introduce(1, 2, "db").account.totals[Figure::uj_measured], 7);
}

TEST_F(ShardTest, the_session_that_came_first_is_told_that_another_came) {
  Listener old;
  Host& host = introduce(1);
  host.session = &old;
  introduce(2);
  EXPECT_EQ(old.times_superseded, 0);
  introduce(1);
  EXPECT_EQ(old.times_superseded, 1);
  EXPECT_EQ(host.session, nullptr);
}

TEST_F(ShardTest, hosts_whose_series_are_alike_share_one_layout_and_one_info_text) {
  Host& a = introduce(1);
  Host& b = introduce(2);
  Host& c = introduce(3);
  shard.adopt(a, like);
  shard.adopt(b, like);
  Inventory other = like;
  other.facts.kernel = "6.2.0";
  shard.adopt(c, other);
  EXPECT_EQ(a.layout, b.layout);
  EXPECT_EQ(a.info, b.info);
  EXPECT_EQ(a.layout, c.layout);
  EXPECT_NE(a.info, c.info);
}

TEST_F(ShardTest, anything_that_makes_a_column_another_makes_another_layout) {
  Host& host = introduce(1);
  shard.adopt(host, test::inventory_of({test::meter("a", EnergyScope::cpu, "b")}));
  const auto layout = host.layout;
  const std::vector<Series> others[] = {
      {test::meter("c", EnergyScope::cpu, "b")},
      {test::meter("a", EnergyScope::machine, "b")},
      {test::meter("a", EnergyScope::cpu, "")},
      {{SignalId::temperature, "a", EnergyScope::cpu, "b"}},
      {test::meter("a", EnergyScope::cpu, "b"), test::cpu("user")},
      {},
  };
  for (const auto& series : others) {
    shard.adopt(host, test::inventory_of(series));
    EXPECT_NE(host.layout, layout);
    EXPECT_EQ(host.layout->plan().paces.size(), series.size());
  }
}

TEST_F(ShardTest, a_layout_that_no_host_has_any_more_is_let_go) {
  Host& host = introduce(1);
  shard.adopt(host, like);
  const std::weak_ptr<const Layout> layout = host.layout;
  const std::weak_ptr<const LabelText> info = host.info;
  Inventory other = test::inventory_of({});
  other.facts.kernel = "6.2.0";
  shard.adopt(host, other);
  EXPECT_TRUE(layout.expired());
  EXPECT_TRUE(info.expired());
}

TEST_F(ShardTest, a_host_is_up_from_its_first_batch_until_it_is_silent_for_three_intervals) {
  Host& host = introduce(1);
  EXPECT_EQ(shard.up(), 0U);
  shard.adopt(host, like);
  EXPECT_EQ(up_cell(host), 0);
  reports(host, now);
  EXPECT_EQ(up_cell(host), 1);
  EXPECT_EQ(shard.up(), 1U);
  shard.judge_silence(now + 90s);
  EXPECT_TRUE(host.up);
  shard.judge_silence(now + 90s + 1ms);
  EXPECT_FALSE(host.up);
  EXPECT_EQ(up_cell(host), 0);
  EXPECT_EQ(shard.up(), 0U);
  reports(host, now + 200s);
  EXPECT_TRUE(host.up);
  shard.judge_silence(now + 200s);
  EXPECT_TRUE(host.up);
}

TEST_F(ShardTest, silence_is_measured_by_the_hosts_own_interval) {
  wire::Hello hello = test::hello_of(1);
  hello.report_interval = 300s;
  Host& slow = shard.introduce(hello, test::boot_wall, now);
  Host& quick = introduce(2);
  reports(slow, now);
  reports(quick, now);
  shard.judge_silence(now + 899s);
  EXPECT_TRUE(slow.up);
  EXPECT_FALSE(quick.up);
}

TEST_F(ShardTest, a_goodbye_is_silence_at_once_and_meant) {
  Host& host = introduce(1);
  shard.adopt(host, like);
  reports(host, now);
  shard.goodbye(host, wire::GoodbyeReason::stop);
  EXPECT_FALSE(host.up);
  EXPECT_TRUE(host.left);
  EXPECT_EQ(up_cell(host), 0);
  introduce(1);
  EXPECT_FALSE(host.left);
  reports(host, now);
  EXPECT_TRUE(host.up);
}

TEST_F(ShardTest, a_new_layout_does_not_change_whether_the_host_is_up) {
  Host& host = introduce(1);
  shard.adopt(host, like);
  reports(host, now);
  shard.adopt(host, test::inventory_of({test::cpu("idle")}));
  EXPECT_EQ(up_cell(host), 1);
}

TEST_F(ShardTest, a_host_can_arrive_and_leave_before_its_inventory_is_known) {
  Host& host = introduce(1);
  reports(host, now);
  EXPECT_TRUE(host.up);
  shard.adopt(host, like);
  EXPECT_EQ(up_cell(host), 1);
  Host& other = introduce(2);
  shard.goodbye(other, wire::GoodbyeReason::shutdown);
  EXPECT_FALSE(other.up);
}

TEST_F(ShardTest, a_restored_host_goes_on_where_the_store_left_it) {
  Host kept;
  kept.id = test::id<HostId>(1);
  kept.name = "host-1";
  kept.applied = kept.stored = {test::id<StreamId>(1), 42};
  kept.account.last_seen = WallTime{7s};
  kept.account.components = {{"bmc", 100, Microjoules{1000}}};
  shard.restore(std::move(kept));
  Host& host = introduce(1);
  EXPECT_EQ(shard.hosts().size(), 1U);
  EXPECT_EQ(host.applied.seq, 42U);
  EXPECT_EQ(host.committed(), 42U);
  EXPECT_EQ(host.label, "host-1");
  EXPECT_FALSE(host.up);
  EXPECT_EQ(up_cell(host), 0);
  EXPECT_EQ(host.row[host.layout->first(MetricId::host_last_seen)], 7'000);
  shard.adopt(host, like);
  EXPECT_EQ(host.row[host.layout->first(MetricId::host_last_seen)], 7'000);
  apply(host, test::batch_of(43, {{1000ms, {5, 130}}}), test::arrival);
  EXPECT_EQ(host.account.components.at(0).total, Microjoules{1030});
}

TEST(ShardOf, spreads_hosts_over_all_shards_and_is_always_the_same) {
  std::vector<int> hosts(3);
  for (int i = 0; i < 300; ++i) {
    const HostId host = HostId::random();
    EXPECT_EQ(shard_of(host, 3), shard_of(host, 3));
    ++hosts.at(shard_of(host, 3));
  }
  for (const int count : hosts) EXPECT_GT(count, 50);
}

// 50,000 hosts took twice the time where it lay in four lines.
TEST(Host, has_what_a_line_of_metrics_needs_in_its_first_cache_line) {
  const Host host;
  const auto offset = [&host](const auto& member) {
    return reinterpret_cast<std::uintptr_t>(&member) - reinterpret_cast<std::uintptr_t>(&host);
  };
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&host) % 64, 0U);
  EXPECT_LE(offset(host.label), 64 - sizeof host.label);
  EXPECT_LE(offset(host.layout), 64 - sizeof host.layout);
  EXPECT_LE(offset(host.up), 64 - sizeof host.up);
  EXPECT_LE(offset(host.row), 64 - sizeof(Cell*));  // its first member is where the cells are
}

}  // namespace
}  // namespace sobriety::collector
