// A door with one network thread, a store of memory, and agents that the test plays.
#pragma once

#include "collector/door/door.hpp"
#include "collector/fleet/shard.hpp"
#include "tests/support/fake_store.hpp"
#include "tests/support/frame_peer.hpp"
#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <optional>
#include <vector>

namespace sobriety::collector {

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
  void handshake(Handshake result) override { ++handshakes.at(static_cast<std::size_t>(result)); }
  void enrolment(bool answered) override { ++(answered ? enrolments : enrolments_refused); }

  [[nodiscard]] int handshakes_that(Handshake result) const {
    return handshakes.at(static_cast<std::size_t>(result));
  }

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
  std::array<std::atomic<int>, handshake_count> handshakes{};
  std::atomic<int> enrolments = 0, enrolments_refused = 0;
};

inline const Inventory& inventory() {
  static const Inventory made = test::inventory_of({test::cpu("user"), test::wall_meter()});
  return made;
}
inline std::string told() { return wire::encode(inventory()).frame; }
inline std::string hello(std::uint8_t host, std::uint8_t stream = 1) {
  return frame_of(test::hello_of(host, stream));
}
inline std::string batch(std::uint64_t seq) {
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
  void open(const DoorLimits& limits = {}, std::optional<DoorTls> tls = std::nullopt) {
    tcp::acceptor acceptor{loop, {net::ip::address_v4::loopback(), 0}};
    where = acceptor.local_endpoint();
    door.emplace(std::move(acceptor), limits, std::vector<DoorThread*>{&worker.thread},
                 std::move(tls));
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

}  // namespace sobriety::collector
