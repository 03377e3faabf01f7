#include "collector/ledger/group_commit.hpp"

#include "tests/support/fake_store.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <vector>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct Counted final : CommitCounters {
  void committed(std::size_t hosts, std::chrono::nanoseconds) override { hosts_committed += hosts; }
  void failed(const Error&) override { ++failures; }
  std::size_t hosts_committed = 0;
  int failures = 0;
};

struct Session final : HostSession {
  void committed(std::uint64_t seq) override { acks.push_back(seq); }
  void superseded() override {}
  std::vector<std::uint64_t> acks;
};

class GroupCommitTest : public testing::Test {
 protected:
  static constexpr auto never = 1h;

  void with_interval(std::chrono::milliseconds interval) {
    commit.emplace(loop, store_thread, store, interval, counters);
  }
  Host& host(std::uint8_t number) {
    Host& made = hosts.emplace_back();
    made.id = test::id<HostId>(number);
    made.name = "host-" + std::to_string(number);
    made.applied.stream = test::id<StreamId>(number);
    made.session = &sessions.emplace_back();
    return made;
  }
  // A batch of the host was applied.
  void applied(Host& host, std::uint64_t seq) {
    host.applied.seq = seq;
    host.account.energy[0] += Microjoules{1000};
    if (!host.pending) host.pending = std::make_unique<Pending>();
    figures_of(host.pending->hours, test::some_hour) += test::figures_of(1000);
    commit->touch(host);
  }
  std::vector<std::uint64_t>& acks(std::size_t number) { return sessions.at(number).acks; }
  template <class Done>
  [[nodiscard]] bool run_until(Done done) {
    return test::run_until(loop, done);
  }
  void flush() { test::run_task(loop, commit->flush()); }
  void TearDown() override {
    store.open();
    if (commit) flush();
  }

  net::io_context loop{1};
  net::thread_pool store_thread{1};
  test::FakeStore store;
  Counted counters;
  std::deque<Session> sessions;
  std::deque<Host> hosts;
  std::optional<GroupCommit> commit;
};

TEST_F(GroupCommitTest, acknowledges_nothing_before_it_is_committed) {
  with_interval(5ms);
  store.block();
  Host& one = host(1);
  applied(one, 5);
  ASSERT_TRUE(run_until([&] { return store.calls() == 1; }));
  test::run_for(loop, 30ms);
  EXPECT_THAT(acks(0), IsEmpty());
  EXPECT_EQ(one.committed(), 0U);
  store.open();
  ASSERT_TRUE(run_until([&] { return !acks(0).empty(); }));
  EXPECT_THAT(acks(0), ElementsAre(5));
  EXPECT_EQ(one.committed(), 5U);
  EXPECT_EQ(counters.hosts_committed, 1U);
}

TEST_F(GroupCommitTest, acknowledges_what_was_committed_and_not_what_came_meanwhile) {
  with_interval(5ms);
  store.block();
  Host& one = host(1);
  applied(one, 5);
  ASSERT_TRUE(run_until([&] { return store.calls() == 1; }));
  applied(one, 6);
  applied(one, 7);
  store.open();
  ASSERT_TRUE(run_until([&] { return acks(0).size() == 2; }));
  EXPECT_THAT(acks(0), ElementsAre(5, 7));
  EXPECT_EQ(store.call(0).at(0).state.account.energy[0], Microjoules{1000});
  EXPECT_EQ(store.call(1).at(0).state.account.energy[0], Microjoules{3000});
}

TEST_F(GroupCommitTest, gathers_what_changes_within_an_interval_into_one_commit) {
  with_interval(50ms);
  for (std::uint8_t number = 1; number <= 3; ++number) host(number);
  for (std::uint64_t seq = 1; seq <= 10; ++seq)
    for (Host& each : hosts) applied(each, seq);
  ASSERT_TRUE(run_until([&] { return !acks(2).empty(); }));
  EXPECT_EQ(store.calls(), 1U);
  EXPECT_EQ(store.call(0).size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_THAT(acks(i), ElementsAre(10));
}

TEST_F(GroupCommitTest, commits_the_account_and_the_place_in_the_stream_together) {
  with_interval(1ms);
  Host& one = host(1);
  one.account.components = {{"package-0", 70, Microjoules{90}}};
  applied(one, 4);
  ASSERT_TRUE(run_until([&] { return !acks(0).empty(); }));
  const HostRecord record = store.call(0).at(0);
  EXPECT_EQ(record.before, Place{});
  EXPECT_EQ(record.state.id, one.id);
  EXPECT_EQ(record.state.name, "host-1");
  EXPECT_EQ(record.state.place, one.applied);
  EXPECT_EQ(record.state.place.seq, 4U);
  EXPECT_THAT(record.hours, ElementsAre(HourFigures{test::some_hour, test::figures_of(1000)}));
  EXPECT_EQ(record.state.account.energy[0], Microjoules{1000});
  EXPECT_EQ(record.state.account.components, one.account.components);
}

TEST_F(GroupCommitTest, a_commit_that_fails_is_not_acknowledged_and_tried_again) {
  with_interval(5ms);
  store.fail_next(1);
  Host& one = host(1);
  Host& two = host(2);
  applied(one, 5);
  applied(two, 8);
  ASSERT_TRUE(run_until([&] { return counters.failures == 1; }));
  EXPECT_THAT(acks(0), IsEmpty());
  EXPECT_EQ(one.committed(), 0U);
  applied(one, 6);
  ASSERT_TRUE(run_until([&] { return acks(0).size() == 2 && !acks(1).empty(); }));
  EXPECT_THAT(acks(0), ElementsAre(5, 6));
  EXPECT_THAT(acks(1), ElementsAre(8));
  // It is repeated as it was, since nobody knows whether it is durable; what came meanwhile
  // follows.
  ASSERT_EQ(store.calls(), 3U);
  EXPECT_EQ(store.call(1).size(), 2U);
  EXPECT_EQ(store.call(1).at(0).state.place.seq, 5U);
  EXPECT_EQ(store.call(1).at(0).hours, store.call(0).at(0).hours);
  EXPECT_EQ(store.call(2).size(), 1U);
  EXPECT_EQ(store.call(2).at(0).before.seq, 5U);
  EXPECT_EQ(counters.failures, 1);
  EXPECT_TRUE(commit->takes_more(Steady::now() + 1h));
}

TEST_F(GroupCommitTest, a_commit_that_was_durable_in_spite_of_its_error_takes_effect_once) {
  with_interval(5ms);
  store.doubt_next();
  Host& one = host(1);
  applied(one, 5);
  ASSERT_TRUE(run_until([&] { return counters.failures == 1; }));
  applied(one, 6);
  ASSERT_TRUE(run_until([&] { return acks(0).size() == 2; }));
  const auto rows = store.rows(one.id, Grain::hour, {}, Hour::max(), 10).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].figures[Figure::uj_on], 2000);
}

TEST_F(GroupCommitTest, points_go_to_the_outbox_with_the_commit_of_their_batch_and_once) {
  commit.emplace(loop, store_thread, store, 5ms, counters,
                 [](const Host& of, std::span<const Point> points) {
                   std::vector<OutboxBlock> blocks;
                   for (const Point& point : points)
                     blocks.push_back({of.name + ' ' + std::to_string(point.row.at(0)), 1});
                   return blocks;
                 });
  store.doubt_next();
  Host& one = host(1);
  const auto take = [&](std::uint64_t seq) {
    if (!one.pending) one.pending = std::make_unique<Pending>();
    one.pending->points.push_back({{}, {static_cast<Cell>(seq)}, nullptr});
    applied(one, seq);
  };
  take(5);
  ASSERT_TRUE(run_until([&] { return counters.failures == 1; }));
  take(6);
  take(7);
  ASSERT_TRUE(run_until([&] { return acks(0).size() == 2; }));
  std::vector<std::string> notes;
  std::vector<std::string> found;
  const auto rows = store.outbox_rows(100, notes).value();
  for (const OutboxRow& row : rows)
    for (const OutboxBlock& block : row.blocks) found.push_back(block.bytes);
  EXPECT_THAT(found, ElementsAre("host-1 5", "host-1 6", "host-1 7"));
}

TEST_F(GroupCommitTest, a_store_that_fails_for_long_takes_no_more_until_it_works) {
  with_interval(5ms);
  store.fail_next(1);
  Host& one = host(1);
  EXPECT_TRUE(commit->takes_more(Steady::now() + 1h));
  applied(one, 5);
  ASSERT_TRUE(run_until([&] { return counters.failures == 1; }));
  EXPECT_TRUE(commit->takes_more(Steady::now()));
  EXPECT_FALSE(commit->takes_more(Steady::now() + failing_patience));
  ASSERT_TRUE(run_until([&] { return !acks(0).empty(); }));
  EXPECT_TRUE(commit->takes_more(Steady::now() + 1h));
}

TEST_F(GroupCommitTest, shows_a_row_once_it_is_committed_and_not_what_came_meanwhile) {
  with_interval(5ms);
  store.block();
  Host& one = host(1);
  one.layout = std::make_shared<const Layout>(Inventory{});
  one.row.assign(one.layout->row_width(), no_value);
  const std::size_t uptime = one.layout->first(MetricId::host_uptime);
  const auto sampled = [&](std::uint64_t seq, Cell value) {
    applied(one, seq);
    one.pending->row = one.row;
    one.pending->row[uptime] = value;
  };
  sampled(1, 10);
  ASSERT_TRUE(run_until([&] { return store.calls() == 1; }));
  EXPECT_EQ(one.row[uptime], no_value);
  EXPECT_FALSE(one.up);
  sampled(2, 20);
  store.open();
  ASSERT_TRUE(run_until([&] { return acks(0).size() == 1; }));
  EXPECT_EQ(one.row[uptime], 10);
  EXPECT_TRUE(one.up);
  EXPECT_NE(one.pending, nullptr);
  ASSERT_TRUE(run_until([&] { return acks(0).size() == 2; }));
  EXPECT_EQ(one.row[uptime], 20);
  EXPECT_EQ(one.pending, nullptr);
}

TEST_F(GroupCommitTest, an_agent_that_asks_again_is_answered_again) {
  with_interval(1ms);
  Host& one = host(1);
  applied(one, 5);
  ASSERT_TRUE(run_until([&] { return acks(0).size() == 1; }));
  commit->touch(one);
  ASSERT_TRUE(run_until([&] { return acks(0).size() == 2; }));
  EXPECT_THAT(acks(0), ElementsAre(5, 5));
}

TEST_F(GroupCommitTest, a_stream_that_began_during_the_commit_is_not_acknowledged_by_it) {
  with_interval(5ms);
  store.block();
  Host& one = host(1);
  applied(one, 500);
  ASSERT_TRUE(run_until([&] { return store.calls() == 1; }));
  one.applied.stream = test::id<StreamId>(99);
  applied(one, 1);
  store.open();
  ASSERT_TRUE(run_until([&] { return !acks(0).empty(); }));
  EXPECT_THAT(acks(0), ElementsAre(1));
  EXPECT_EQ(one.committed(), 1U);
}

TEST_F(GroupCommitTest, a_host_whose_session_is_gone_is_committed_all_the_same) {
  with_interval(1ms);
  Host& one = host(1);
  one.session = nullptr;
  applied(one, 5);
  ASSERT_TRUE(run_until([&] { return one.committed() == 5; }));
}

TEST_F(GroupCommitTest, a_host_is_up_by_its_batches_alone) {
  with_interval(5ms);
  Host& one = host(1);
  applied(one, 5);
  ASSERT_TRUE(run_until([&] { return !acks(0).empty(); }));
  EXPECT_TRUE(one.up);
  one.up = false;  // it fell silent, of which the store is told, behind a hello with a new stream
  one.noted = true;
  one.applied = {test::id<StreamId>(9), 0};
  commit->touch(one);
  flush();
  EXPECT_EQ(one.stored, one.applied);
  EXPECT_FALSE(one.up);
}

TEST_F(GroupCommitTest, flush_commits_at_once_what_is_left) {
  with_interval(never);
  applied(host(1), 5);
  applied(host(2), 6);
  flush();
  EXPECT_THAT(acks(0), ElementsAre(5));
  EXPECT_THAT(acks(1), ElementsAre(6));
  EXPECT_EQ(store.calls(), 1U);
}

TEST_F(GroupCommitTest, flush_waits_for_the_commit_at_work_and_commits_what_came_meanwhile) {
  with_interval(1ms);
  store.block();
  Host& one = host(1);
  applied(one, 5);
  ASSERT_TRUE(run_until([&] { return store.calls() == 1; }));
  applied(one, 6);
  bool flushed = false;
  net::co_spawn(loop, commit->flush(), [&](std::exception_ptr) { flushed = true; });
  test::run_for(loop, 20ms);
  EXPECT_FALSE(flushed);
  store.open();
  ASSERT_TRUE(run_until([&] { return flushed; }));
  EXPECT_THAT(acks(0), ElementsAre(5, 6));
}

TEST_F(GroupCommitTest, flush_of_nothing_is_done) {
  with_interval(never);
  flush();
  EXPECT_EQ(store.calls(), 0U);
}

TEST_F(GroupCommitTest, flush_ends_where_the_store_refuses_and_acknowledges_nothing) {
  with_interval(never);
  store.fail_next(1000);
  Host& one = host(1);
  applied(one, 5);
  flush();
  EXPECT_EQ(counters.failures, 1);
  EXPECT_THAT(acks(0), IsEmpty());
  // Should the store come back before the end, the next flush has it.
  store.fail_next(0);
  applied(one, 6);
  flush();
  EXPECT_THAT(acks(0), ElementsAre(5, 6));
}

}  // namespace
}  // namespace sobriety::collector
