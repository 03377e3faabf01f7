#include "tests/unit/collector/door/door_fixture.hpp"

namespace sobriety::collector {
namespace {

struct Hostile {
  const char* name;
  std::string bytes;
  RefusalReason reason;
};

std::string header(char version, char type, char flags, std::string length) {
  return std::string{'S', 'B', version, type, flags} + length;
}

class HostileTest : public DoorTest, public testing::WithParamInterface<Hostile> {
 protected:
  // That connection ends with its reason, and an agent beside it goes on.
  void expect_refused(Peer& peer, Peer& neighbour) {
    EXPECT_EQ(next_refusal(peer).reason, GetParam().reason);
    EXPECT_TRUE(peer.wait_for_end());
    EXPECT_EQ(counted.refused_for(GetParam().reason), 1);
    EXPECT_EQ(counted.refused_in_all(), 1);
    neighbour.send(batch(2));
    EXPECT_EQ(next_ack(neighbour), 2U);
    EXPECT_FALSE(neighbour.ended());
  }
};

class HostileFirst : public HostileTest {};
TEST_P(HostileFirst, ends_that_connection_only) {
  open();
  Peer neighbour = agent(9);
  neighbour.send(batch(1));
  EXPECT_EQ(next_ack(neighbour), 1U);
  Peer peer = connect();
  peer.send(GetParam().bytes);
  expect_refused(peer, neighbour);
  EXPECT_EQ(worker.shard.hosts().size(), 1U);
}

const std::string zero_length(3, '\0');

INSTANTIATE_TEST_SUITE_P(
    Door, HostileFirst,
    testing::Values(
        Hostile{"garbage", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", RefusalReason::malformed},
        Hostile{"a_single_wrong_byte", "X", RefusalReason::malformed},
        Hostile{"a_lot_of_garbage", std::string(100'000, 'S'), RefusalReason::malformed},
        Hostile{"another_version", header(2, 1, 0, zero_length),
                RefusalReason::unsupported_version},
        Hostile{"version_zero", header(0, 1, 0, zero_length), RefusalReason::unsupported_version},
        Hostile{"an_unknown_type", header(1, 77, 0, zero_length), RefusalReason::malformed},
        Hostile{"flags_of_the_future", header(1, 1, 1, zero_length), RefusalReason::malformed},
        Hostile{"a_hello_of_16_megabytes", header(1, 1, 0, "\xff\xff\xff"),
                RefusalReason::too_large},
        Hostile{"a_hello_of_5_kilobytes", test::raw_frame(FrameType::hello, std::string(5000, 'x')),
                RefusalReason::too_large},
        Hostile{"a_damaged_hello", test::raw_frame(FrameType::hello, "\xff\xff\xff"),
                RefusalReason::malformed},
        Hostile{"an_empty_hello", test::raw_frame(FrameType::hello, ""), RefusalReason::malformed},
        Hostile{"a_batch", batch(1), RefusalReason::out_of_order},
        Hostile{"a_goodbye", frame_of(wire::Goodbye{wire::GoodbyeReason::stop}),
                RefusalReason::out_of_order},
        Hostile{"a_frame_of_a_collector", frame_of(wire::Welcome{0, test::boot_wall}),
                RefusalReason::out_of_order}),
    [](const auto& row) { return row.param.name; });

class HostileLater : public HostileTest {};
TEST_P(HostileLater, ends_that_connection_only_and_keeps_what_was_acknowledged) {
  open();
  Peer neighbour = agent(9);
  neighbour.send(batch(1));
  EXPECT_EQ(next_ack(neighbour), 1U);
  Peer peer = agent(1);
  peer.send(batch(1));
  EXPECT_EQ(next_ack(peer), 1U);
  peer.send(GetParam().bytes);
  expect_refused(peer, neighbour);
  EXPECT_TRUE(run_until([&] { return worker.thread.open() == 1; }));
  // The host may come back and go on.
  Peer again = agent(1);
  again.send(batch(2));
  EXPECT_EQ(next_ack(again), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    Door, HostileLater,
    testing::Values(Hostile{"garbage", "lorem ipsum", RefusalReason::malformed},
                    Hostile{"another_version", header(9, 4, 0, zero_length),
                            RefusalReason::unsupported_version},
                    Hostile{"a_batch_of_16_megabytes", header(1, 4, 0, "\xff\xff\xff"),
                            RefusalReason::too_large},
                    Hostile{"a_batch_of_a_byte_too_much", header(1, 4, 0, {'\x04', '\0', '\x01'}),
                            RefusalReason::too_large},
                    Hostile{"a_damaged_batch", test::raw_frame(FrameType::batch, "\xff\xff"),
                            RefusalReason::malformed},
                    Hostile{"a_second_hello", hello(1), RefusalReason::out_of_order},
                    Hostile{"a_batch_too_early", batch(3), RefusalReason::out_of_order},
                    Hostile{"a_gap_with_a_hole_before_it", frame_of(wire::Gap{3, 4}),
                            RefusalReason::out_of_order},
                    Hostile{"a_frame_of_a_collector", frame_of(wire::Ack{1}),
                            RefusalReason::out_of_order},
                    Hostile{"a_batch_about_an_unknown_inventory",
                            frame_of(test::batch_of(2, {{1000ms, {1, 2}}}, 12345),
                                     wire::ColumnPlan::of(inventory())),
                            RefusalReason::unknown_inventory}),
    [](const auto& row) { return row.param.name; });

TEST_F(DoorTest, a_peer_that_leaves_anywhere_in_a_frame_takes_only_itself_away) {
  open();
  Peer neighbour = agent(9);
  const std::string whole = hello(1) + told() + batch(1);
  for (std::size_t cut = 0; cut < whole.size(); cut += 7) {
    Peer peer = connect();
    peer.send(std::string_view{whole}.substr(0, cut));
    test::run_ready(loop);
  }
  EXPECT_TRUE(run_until([&] { return worker.thread.open() == 1; }));
  EXPECT_EQ(counted.refused_in_all(), 0);
  neighbour.send(batch(1));
  EXPECT_EQ(next_ack(neighbour), 1U);
}

TEST_F(DoorTest, a_hello_that_does_not_come_in_time_is_not_waited_for) {
  DoorLimits limits;
  limits.greeting.first_frame = 50ms;
  open(limits);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, hello(1).size() - 1}) {
    const int before = counted.timeouts;
    Peer peer = connect();
    peer.send(std::string_view{hello(1)}.substr(0, size));
    EXPECT_TRUE(peer.wait_for_end()) << size;
    EXPECT_EQ(counted.timeouts, before + 1) << size;
  }
  EXPECT_EQ(counted.opens, 0);
  // One that came in time is not ended by that deadline.
  Peer peer = agent(1);
  test::run_for(loop, 120ms);
  EXPECT_FALSE(peer.ended());
}

TEST_F(DoorTest, a_frame_that_drips_too_slowly_ends_its_connection) {
  open();
  Peer slow = agent(1);
  Peer neighbour = agent(2);
  test::run_for(loop, 100ms);
  const auto before = Steady::now();
  slow.send(batch(1).substr(0, 10));
  test::run_for(loop, 100ms);
  const auto begun = Steady::now();
  worker.thread.sweep(before + frame_deadline - 1ms);
  slow.send(batch(1).substr(10, 10));  // more bytes win no more time
  test::run_for(loop, 100ms);
  EXPECT_FALSE(slow.ended());
  worker.thread.sweep(begun + frame_deadline);
  EXPECT_TRUE(slow.wait_for_end());
  EXPECT_EQ(counted.timeouts, 1);
  EXPECT_FALSE(neighbour.ended());
}

TEST_F(DoorTest, a_connection_is_given_up_after_three_silent_report_intervals) {
  open();
  Peer peer = agent(1);
  peer.send(batch(1));
  EXPECT_EQ(next_ack(peer), 1U);
  const auto last = Steady::now();
  worker.thread.sweep(last + 3 * 30s);
  test::run_ready(loop);
  EXPECT_FALSE(peer.ended());
  worker.thread.sweep(last + 3 * 30s + 1s);
  worker.thread.sweep(last + 3 * 30s + 3s);
  worker.thread.sweep(last + 3 * 30s + 6s);
  worker.thread.sweep(last + 3 * 30s + 8s);
  worker.thread.sweep(last + 3 * 30s + frame_deadline);
  EXPECT_TRUE(peer.wait_for_end());
  EXPECT_EQ(counted.timeouts, 1);
  EXPECT_EQ(worker.shard.up(), 0U);
}

TEST_F(DoorTest, a_collector_that_was_paused_does_not_blame_its_agents) {
  open();
  Peer peer = agent(1);
  peer.send(batch(1));
  EXPECT_EQ(next_ack(peer), 1U);
  const auto last = Steady::now();
  worker.thread.sweep(last + 1s);
  worker.thread.sweep(last + 1h);  // stopped meanwhile: what the agent sent is still to be read
  peer.send(batch(2));
  EXPECT_EQ(next_ack(peer), 2U);
  EXPECT_FALSE(peer.ended());
  EXPECT_EQ(counted.timeouts, 0);
  EXPECT_EQ(worker.shard.up(), 1U);
}

struct Limit {
  const char* name;
  DoorLimits limits;
};
class Limits : public DoorTest, public testing::WithParamInterface<Limit> {};

TEST_P(Limits, are_kept_and_a_place_that_is_left_can_be_taken) {
  open(GetParam().limits);
  Peer first = agent(1);
  Peer second = connect();  // takes a place before it says a word
  test::run_ready(loop);
  Peer third = connect();
  const wire::Refusal refusal = next_refusal(third);
  EXPECT_EQ(refusal.reason, RefusalReason::overloaded);
  EXPECT_GE(refusal.retry_after, 1s);
  EXPECT_TRUE(third.wait_for_end());
  EXPECT_EQ(counted.refused_for(RefusalReason::overloaded), 1);
  first.send(batch(1));
  EXPECT_EQ(next_ack(first), 1U);
  second.close();
  test::run_ready(loop);
  Peer fourth = agent(4);
  fourth.send(batch(1));
  EXPECT_EQ(next_ack(fourth), 1U);
}

INSTANTIATE_TEST_SUITE_P(Door, Limits,
                         testing::Values(Limit{"in_all", {2, 100}},
                                         Limit{"of_one_address", {100, 2}}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace sobriety::collector
