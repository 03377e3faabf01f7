#include "collector/door/door.hpp"

#include "collector/fleet/shard.hpp"
#include "proto/runtime/log.hpp"
#include "tests/support/fake_store.hpp"
#include "tests/support/frame_peer.hpp"
#include "tests/support/machine.hpp"

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <thread>
#include <vector>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using test::frame_of;
using Peer = test::FramePeer;
using wire::FrameType;
using wire::RefusalReason;

struct Counted final : DoorCounters, CommitCounters {
  void opened() override { ++opens; }
  void closed() override { ++closes; }
  void received(std::size_t size) override { bytes += size; }
  void batch(std::size_t samples_in_it) override { ++batches, samples += samples_in_it; }
  void duplicate() override { ++duplicates; }
  void gap() override { ++gaps; }
  void refused(RefusalReason reason) override { ++refusals.at(static_cast<std::size_t>(reason)); }
  void timed_out() override { ++timeouts; }
  void truncated() override { ++truncations; }
  void committed(std::size_t, std::chrono::nanoseconds) override {}
  void failed(const Error&) override {}
  void implausible_times(unsigned) override {}
  void clock_steps(unsigned) override {}

  [[nodiscard]] int refused_for(RefusalReason reason) const {
    return refusals.at(static_cast<std::size_t>(reason));
  }
  [[nodiscard]] int refused_in_all() const {
    int sum = 0;
    for (const auto& count : refusals) sum += count;
    return sum;
  }

  std::atomic<int> opens = 0, closes = 0, batches = 0, duplicates = 0, gaps = 0, timeouts = 0,
                   truncations = 0;
  std::atomic<std::size_t> bytes = 0, samples = 0;
  std::array<std::atomic<int>, wire::refusal_reason_count> refusals{};
};

const Inventory& inventory() {
  static const Inventory made = test::inventory_of({test::cpu("user"), test::wall_meter()});
  return made;
}
std::string told() { return wire::encode(inventory()).frame; }
std::string hello(std::uint8_t host, std::uint8_t stream = 1) {
  return frame_of(test::hello_of(host, stream));
}
std::string batch(std::uint64_t seq) {
  const auto begin = 10'000ms * seq;
  const Cell energy = static_cast<Cell>(seq) * 1000;
  return frame_of(test::batch_of(seq, {{begin, {5, energy}}, {begin + 5000ms, {6, energy + 500}}},
                                 wire::encode(inventory()).hash),
                  wire::ColumnPlan::of(inventory()));
}

// A network thread of the collector, without the thread.
struct Worker {
  Worker(net::io_context& context, Names& names, test::FakeStore& store,
         net::thread_pool& store_thread, Counted& counted)
      : shard(names, 3),
        commit(context, store_thread, store, 1ms, counted),
        thread(context, ShardThread{shard, commit, counted, clock, codec, scratch}) {}
  SystemClock clock;
  wire::BatchCodec codec;
  Batch scratch;
  Shard shard;
  GroupCommit commit;
  DoorThread thread;
};

class DoorTest : public testing::Test {
 protected:
  void open(DoorLimits limits = {}) {
    tcp::acceptor acceptor{loop, {net::ip::address_v4::loopback(), 0}};
    where = acceptor.local_endpoint();
    door.emplace(std::move(acceptor), limits, std::vector<DoorThread*>{&worker.thread});
    net::co_spawn(loop, door->accept(), [this](std::exception_ptr failure) {
      ended = true;
      EXPECT_FALSE(failure);
    });
  }
  Peer connect() { return Peer{loop, where}; }
  // An agent that is in the middle of an orderly conversation.
  Peer agent(std::uint8_t host, std::uint8_t stream = 1) {
    Peer peer = connect();
    peer.send(hello(host, stream));
    EXPECT_EQ(peer.next_frame().first, FrameType::welcome);
    peer.send(told());
    return peer;
  }
  static std::uint64_t next_ack(Peer& peer) {
    const auto [type, payload] = peer.next_frame();
    EXPECT_EQ(type, FrameType::ack);
    return type == FrameType::ack ? wire::decode_ack(payload).value().seq : 0;
  }
  static wire::Refusal next_refusal(Peer& peer) {
    const auto [type, payload] = peer.next_frame();
    EXPECT_EQ(type, FrameType::refusal);
    if (type != FrameType::refusal) return {};
    return wire::decode_refusal(payload).value();
  }
  template <class Done>
  [[nodiscard]] bool run_until(Done done) {
    return test::run_until(loop, done);
  }
  [[nodiscard]] bool all_closed() {
    return run_until(
        [this] { return worker.thread.open() == 0 && counted.opens == counted.closes; });
  }

  void TearDown() override {
    if (!door) return;
    door->stop();
    worker.thread.end_all();
    EXPECT_TRUE(all_closed());
    EXPECT_TRUE(run_until([this] { return ended; }));
    test::run_task(loop, worker.commit.flush());
  }

  net::io_context loop{1};
  net::thread_pool store_thread{1};
  test::FakeStore store;
  Counted counted;
  Names names;
  Worker worker{loop, names, store, store_thread, counted};
  std::optional<Door> door;
  tcp::endpoint where;
  bool ended = false;
};

TEST_F(DoorTest, welcomes_a_hello_and_acknowledges_what_is_committed) {
  open();
  Peer peer = connect();
  peer.send(hello(1));
  const auto [type, payload] = peer.next_frame();
  ASSERT_EQ(type, FrameType::welcome);
  EXPECT_EQ(wire::decode_welcome(payload).value().committed_seq, 0U);
  peer.send(told() + batch(1));
  EXPECT_EQ(next_ack(peer), 1U);
  peer.send(batch(2));
  EXPECT_EQ(next_ack(peer), 2U);
  EXPECT_EQ(counted.batches, 2);
  EXPECT_EQ(counted.samples, 4U);
  EXPECT_EQ(counted.bytes, hello(1).size() + told().size() + batch(1).size() + batch(2).size());
  EXPECT_EQ(worker.shard.up(), 1U);
  EXPECT_EQ(worker.shard.hosts().front().account.components.at(0).total, Microjoules{2500});
  EXPECT_EQ(counted.refused_in_all(), 0);
}

TEST_F(DoorTest, takes_a_conversation_that_comes_all_at_once) {
  open();
  Peer peer = connect();
  peer.send(hello(1) + told() + batch(1) + batch(2) + batch(3));
  EXPECT_EQ(peer.next_frame().first, FrameType::welcome);
  EXPECT_TRUE(run_until([&] { return worker.shard.hosts().front().committed() == 3; }));
}

TEST_F(DoorTest, takes_a_conversation_that_comes_byte_by_byte) {
  open();
  Peer peer = connect();
  for (const char byte : hello(1) + told() + batch(1) + batch(2)) {
    ASSERT_TRUE(peer.send({&byte, 1}));
    test::run_ready(loop);
  }
  EXPECT_EQ(peer.next_frame().first, FrameType::welcome);
  EXPECT_TRUE(run_until([&] { return worker.shard.hosts().front().committed() == 2; }));
  EXPECT_EQ(counted.batches, 2);
}

TEST_F(DoorTest, takes_frames_that_are_longer_than_one_read) {
  open();
  Inventory big = inventory();
  for (int i = 0; i < 1000; ++i)
    big.series.push_back(
        {SignalId::temperature, "sensor number " + std::to_string(i), EnergyScope::none, ""});
  Peer peer = connect();
  peer.send(hello(1) + wire::encode(big).frame);
  EXPECT_TRUE(run_until([&] {
    const auto& hosts = worker.shard.hosts();
    return !hosts.empty() && hosts.front().layout &&
           hosts.front().layout->plan().paces.size() == big.series.size();
  }));
}

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
  limits.first_frame = 50ms;
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

TEST_F(DoorTest, of_two_sessions_of_one_host_the_newer_one_stays) {
  open();
  Peer old = agent(1);
  old.send(batch(1));
  EXPECT_EQ(next_ack(old), 1U);
  Peer fresh = connect();
  fresh.send(hello(1));
  const auto [type, payload] = fresh.next_frame();
  ASSERT_EQ(type, FrameType::welcome);
  EXPECT_EQ(wire::decode_welcome(payload).value().committed_seq, 1U);
  EXPECT_EQ(next_refusal(old).reason, RefusalReason::superseded);
  EXPECT_TRUE(old.wait_for_end());
  EXPECT_EQ(counted.refused_for(RefusalReason::superseded), 1);
  EXPECT_TRUE(run_until([&] { return worker.thread.open() == 1; }));
  fresh.send(told() + batch(2));
  EXPECT_EQ(next_ack(fresh), 2U);
}

TEST_F(DoorTest, batches_that_come_again_are_acknowledged_again_and_counted_once) {
  open();
  Peer first = agent(1);
  first.send(batch(1) + batch(2));
  EXPECT_TRUE(run_until([&] { return worker.shard.hosts().front().committed() == 2; }));
  first.close();
  Peer again = agent(1);
  again.send(batch(1));
  EXPECT_EQ(next_ack(again), 2U);
  again.send(batch(2));
  EXPECT_EQ(next_ack(again), 2U);
  EXPECT_EQ(counted.duplicates, 2);
  EXPECT_EQ(counted.batches, 2);
  EXPECT_EQ(worker.shard.hosts().front().account.components.at(0).total, Microjoules{2500});
}

TEST_F(DoorTest, a_gap_is_counted_and_acknowledged) {
  open();
  Peer peer = agent(1);
  peer.send(frame_of(wire::Gap{1, 7}) + batch(8));
  EXPECT_TRUE(run_until([&] { return worker.shard.hosts().front().committed() == 8; }));
  EXPECT_EQ(counted.gaps, 1);
}

TEST_F(DoorTest, a_goodbye_makes_the_host_silent_at_once) {
  open();
  Peer peer = agent(1);
  peer.send(batch(1));
  EXPECT_EQ(next_ack(peer), 1U);
  EXPECT_EQ(worker.shard.up(), 1U);
  peer.send(frame_of(wire::Goodbye{wire::GoodbyeReason::shutdown}));
  EXPECT_TRUE(run_until([&] { return worker.shard.up() == 0; }));
  EXPECT_TRUE(worker.shard.hosts().front().left);
}

TEST_F(DoorTest, nothing_is_acknowledged_while_the_store_is_at_work) {
  open();
  store.block();
  Peer peer = agent(1);
  peer.send(batch(1));
  EXPECT_TRUE(run_until([&] { return store.calls() == 1; }));
  test::run_for(loop, 20ms);
  EXPECT_TRUE(peer.received().empty());
  store.open();
  EXPECT_EQ(next_ack(peer), 1U);
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
                         testing::Values(Limit{"in_all", {2, 100, 10s}},
                                         Limit{"of_one_address", {100, 2, 10s}}),
                         [](const auto& row) { return row.param.name; });

TEST_F(DoorTest, ends_all_connections_with_a_word_when_the_collector_stops) {
  open();
  Peer one = agent(1);
  Peer two = agent(2);
  test::run_ready(loop);
  door->stop();
  worker.thread.end_all();
  EXPECT_EQ(next_refusal(one).reason, RefusalReason::shutting_down);
  EXPECT_EQ(next_refusal(two).reason, RefusalReason::shutting_down);
  EXPECT_TRUE(one.wait_for_end());
  error_code refused;
  tcp::socket late{loop};
  late.connect(where, refused);
  EXPECT_TRUE(refused);
}

TEST(DoorThreads, each_host_is_served_by_the_thread_that_owns_it) {
  // Before any thread, as the programs do: ThreadSanitizer does not see into spdlog's library.
  start_log("door_test", LogLevel::info);
  constexpr std::size_t threads = 3;
  constexpr std::uint8_t agents = 24;
  net::io_context front{1};
  net::thread_pool store_thread{1};
  test::FakeStore store;
  Counted counted;
  Names names;
  std::deque<net::io_context> contexts;
  std::deque<Worker> workers;
  std::vector<DoorThread*> doors;
  for (std::size_t i = 0; i < threads; ++i) {
    workers.emplace_back(contexts.emplace_back(1), names, store, store_thread, counted);
    doors.push_back(&workers.back().thread);
  }
  tcp::acceptor acceptor{front, {net::ip::address_v4::loopback(), 0}};
  const auto where = acceptor.local_endpoint();
  Door door{std::move(acceptor), {}, doors};
  net::co_spawn(front, door.accept(), net::detached);
  std::deque<net::executor_work_guard<net::io_context::executor_type>> busy;
  std::vector<std::thread> running;
  for (auto& context : contexts) {
    busy.emplace_back(context.get_executor());
    running.emplace_back([&context] { context.run(); });
  }

  std::deque<Peer> peers;
  for (std::uint8_t i = 0; i < agents; ++i) {
    // Ids that spread over the threads.
    wire::Hello greeting = test::hello_of(i);
    peers.emplace_back(front, where).send(frame_of(greeting) + told() + batch(1));
  }
  for (Peer& peer : peers) {
    EXPECT_EQ(peer.next_frame().first, FrameType::welcome);
    EXPECT_EQ(peer.next_frame().first, FrameType::ack);
  }
  door.stop();
  for (std::size_t i = 0; i < threads; ++i)
    net::post(contexts[i], [&worker = workers[i]] { worker.thread.end_all(); });
  for (Peer& peer : peers) EXPECT_TRUE(peer.wait_for_end());
  EXPECT_TRUE(test::run_until(front, [&] { return counted.closes == agents; }));
  for (std::size_t i = 0; i < threads; ++i)
    net::post(contexts[i], [&, i] {
      for (const Host& host : workers[i].shard.hosts()) EXPECT_EQ(shard_of(host.id, threads), i);
    });
  busy.clear();
  for (std::thread& thread : running) thread.join();
  EXPECT_EQ(counted.batches, agents);
}

}  // namespace
}  // namespace sobriety::collector
