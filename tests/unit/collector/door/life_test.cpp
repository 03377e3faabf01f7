#include "proto/runtime/log.hpp"
#include "tests/unit/collector/door/door_fixture.hpp"

#include <boost/asio/detached.hpp>

#include <deque>
#include <thread>

namespace sobriety::collector {
namespace {

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
