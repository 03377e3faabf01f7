#include "agent/uplink/uplink.hpp"

#include "tests/support/frame_peer.hpp"
#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using test::frame_of;
using Peer = test::FramePeer;
using wire::FrameType;

struct StandingClock final : Clock {
  [[nodiscard]] Instant now() const override { return test::at(42s); }
};

class UplinkTest : public testing::Test {
 protected:
  // The collector is played by the test, at `listening`.
  Uplink& start(std::uint16_t port) {
    uplink.emplace(loop, Endpoint{"127.0.0.1", port},
                   Uplink::Identity{test::id<HostId>(1), "web-1", 30s, {}, test::id<BootId>(3)},
                   spool, clock);
    net::co_spawn(loop, uplink->run(), [this](std::exception_ptr failure) {
      ended = true;
      EXPECT_FALSE(failure);
    });
    return *uplink;
  }
  Uplink& start() { return start(listening.where().port()); }

  void make_batch() {
    Batch batch = test::batch_of(spool.next_seq(), {{1000ms, {7}}}, inventory->hash);
    spool.push(frame_of(batch, wire::ColumnPlan{{Pace::sample}}), 1, inventory);
    if (uplink) uplink->notify();
  }
  static std::uint64_t seq_of(const std::string& payload) {
    wire::BatchCodec codec;
    return codec.parse(payload).value().seq;
  }
  Peer accept() { return Peer{loop, listening.accept()}; }
  // Greets the agent that connects.
  Peer welcome(std::uint64_t committed) {
    Peer peer = accept();
    EXPECT_EQ(peer.next_frame().first, FrameType::hello);
    peer.send(frame_of(wire::Welcome{committed, test::boot_wall}));
    return peer;
  }
  void stop(std::chrono::milliseconds most = 100ms) {
    test::run_task(loop, uplink->stop(wire::GoodbyeReason::stop, most));
    EXPECT_TRUE(test::run_until(loop, [this] { return ended; }));
  }
  void TearDown() override {
    if (uplink && !ended) stop();
  }

  net::io_context loop{1};
  test::Listening listening{loop};
  StandingClock clock;
  SharedInventory inventory = std::make_shared<const wire::EncodedInventory>(
      wire::encode(test::inventory_of({test::cpu("user")})));
  Spool spool{Bytes{1'000'000}};
  std::optional<Uplink> uplink;
  bool ended = false;
};

TEST_F(UplinkTest, goes_where_it_is_aimed_and_is_whom_it_is_told_to_be) {
  start(1);  // where nobody listens
  test::run_for(loop, 20ms);
  uplink->aim({"127.0.0.1", listening.where().port()}, test::id<HostId>(7));
  uplink->hurry();
  Peer collector = accept();
  const auto [type, payload] = collector.next_frame();
  ASSERT_EQ(type, FrameType::hello);
  EXPECT_EQ(wire::decode_hello(payload).value().host, test::id<HostId>(7));
}

TEST_F(UplinkTest, says_who_it_is_and_delivers_until_all_is_acknowledged) {
  make_batch();
  start();
  Peer collector = accept();
  const auto [type, payload] = collector.next_frame();
  ASSERT_EQ(type, FrameType::hello);
  const wire::Hello hello = wire::decode_hello(payload).value();
  ASSERT_TRUE(hello.clock);
  EXPECT_EQ(hello.clock->boot, test::id<BootId>(3));
  EXPECT_EQ(hello.clock->boottime, clock.now().boottime);
  EXPECT_EQ(hello.host, test::id<HostId>(1));
  EXPECT_EQ(hello.stream, spool.stream());
  EXPECT_EQ(hello.host_name, "web-1");
  EXPECT_EQ(hello.report_interval, 30s);
  EXPECT_EQ(hello.wall, test::boot_wall + 42s);
  EXPECT_FALSE(uplink->connected());

  collector.send(frame_of(wire::Welcome{0, test::boot_wall}));
  EXPECT_EQ(collector.next_frame().first, FrameType::inventory);
  EXPECT_EQ(seq_of(collector.next_frame().second), 1U);
  EXPECT_TRUE(uplink->connected());
  make_batch();
  EXPECT_EQ(seq_of(collector.next_frame().second), 2U);
  collector.send(frame_of(wire::Ack{2}));
  EXPECT_TRUE(test::run_until(loop, [this] { return spool.empty(); }));
  EXPECT_GT(uplink->sent_bytes(), 100U);
}

TEST_F(UplinkTest, an_answer_that_comes_byte_by_byte_is_understood) {
  make_batch();
  start();
  Peer collector = accept();
  EXPECT_EQ(collector.next_frame().first, FrameType::hello);
  for (const char byte : frame_of(wire::Welcome{0, test::boot_wall}) + frame_of(wire::Ack{1})) {
    collector.send({&byte, 1});
    test::run_for(loop, 1ms);
  }
  EXPECT_TRUE(test::run_until(loop, [this] { return spool.empty(); }));
}

TEST_F(UplinkTest, that_pauses_delivers_says_why_and_stays_away_until_it_resumes) {
  make_batch();
  start();
  Peer collector = welcome(0);
  EXPECT_EQ(collector.next_frame().first, FrameType::inventory);
  EXPECT_EQ(seq_of(collector.next_frame().second), 1U);
  collector.send(frame_of(wire::Ack{1}));
  test::run_task(loop, uplink->pause(wire::GoodbyeReason::suspend, 1s));
  EXPECT_TRUE(spool.empty());
  const auto [type, payload] = collector.next_frame();
  EXPECT_EQ(type, FrameType::goodbye);
  EXPECT_EQ(wire::decode_goodbye(payload).value().reason, wire::GoodbyeReason::suspend);
  EXPECT_TRUE(collector.wait_for_end());

  make_batch();
  test::run_for(loop, 1500ms);  // longer than the first wait of a back-off
  EXPECT_FALSE(uplink->connected());
  EXPECT_EQ(spool.waiting().batches, 1U);
  uplink->resume();
  Peer again = welcome(1);
  EXPECT_EQ(again.next_frame().first, FrameType::inventory);
  EXPECT_EQ(seq_of(again.next_frame().second), 2U);
}

TEST_F(UplinkTest, that_is_away_stops_at_once) {
  start();
  Peer collector = welcome(0);
  test::run_task(loop, uplink->pause(wire::GoodbyeReason::suspend, 10ms));
  stop();
}

struct Break {
  const char* name;
  void (*play)(Peer& collector);
};
class Breaks : public UplinkTest, public testing::WithParamInterface<Break> {};

TEST_P(Breaks, are_followed_by_another_try_that_loses_nothing) {
  make_batch();
  start();
  {
    Peer collector = accept();
    GetParam().play(collector);
    EXPECT_TRUE(collector.wait_for_end());
  }
  Peer collector = welcome(0);
  EXPECT_EQ(collector.next_frame().first, FrameType::inventory);
  EXPECT_EQ(seq_of(collector.next_frame().second), 1U);
  EXPECT_FALSE(spool.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Uplink, Breaks,
    testing::Values(
        Break{"at_once", [](Peer& collector) { collector.close(); }},
        Break{"after_the_hello",
              [](Peer& collector) { collector.next_frame(), collector.close(); }},
        Break{"within_the_welcome",
              [](Peer& collector) {
                collector.send(frame_of(wire::Welcome{0, test::boot_wall}).substr(0, 9));
                collector.close();
              }},
        Break{"after_the_welcome",
              [](Peer& collector) {
                collector.send(frame_of(wire::Welcome{0, test::boot_wall}));
                collector.close();
              }},
        Break{"after_a_batch",
              [](Peer& collector) {
                collector.send(frame_of(wire::Welcome{0, test::boot_wall}));
                for (int i = 0; i < 3; ++i) collector.next_frame();
                collector.close();
              }},
        Break{"by_garbage",
              [](Peer& collector) { collector.send("HTTP/1.1 400 Bad Request\r\n\r\n"); }},
        Break{"by_a_frame_of_an_agent",
              [](Peer& collector) { collector.send(frame_of(test::hello_of(1))); }},
        Break{"by_an_oversize_frame",
              [](Peer& collector) {
                collector.send("SB\x01\x02" + std::string(1, '\0') + "\xff\xff\xff");
              }},
        Break{"by_an_ack_of_what_was_never_made",
              [](Peer& collector) {
                collector.send(frame_of(wire::Welcome{0, test::boot_wall}));
                collector.send(frame_of(wire::Ack{2}));
              }},
        Break{"by_a_refusal",
              [](Peer& collector) {
                collector.send(frame_of(wire::Refusal{wire::RefusalReason::overloaded, "full"}));
              }}),
    [](const auto& row) { return row.param.name; });

TEST_F(UplinkTest, waits_as_long_as_a_refusal_asks_for) {
  start();
  accept().send(frame_of(wire::Refusal{wire::RefusalReason::overloaded, "full", 1500ms}));
  const auto refused = std::chrono::steady_clock::now();
  Peer again = accept();
  EXPECT_GE(std::chrono::steady_clock::now() - refused, 1400ms);
}

TEST_F(UplinkTest, a_collector_that_comes_later_is_found) {
  const std::uint16_t port = listening.where().port();
  listening.acceptor().close();
  make_batch();
  start(port);
  test::run_for(loop, 50ms);
  EXPECT_FALSE(uplink->connected());
  listening.acceptor() = tcp::acceptor{loop, {net::ip::address_v4::loopback(), port}};
  listening.acceptor().non_blocking(true);
  Peer collector = welcome(0);
  EXPECT_EQ(collector.next_frame().first, FrameType::inventory);
}

TEST_F(UplinkTest, stops_with_a_goodbye_once_all_is_acknowledged) {
  make_batch();
  start();
  Peer collector = welcome(0);
  bool stopped = false;
  net::co_spawn(loop, uplink->stop(wire::GoodbyeReason::shutdown, 5s),
                [&](std::exception_ptr) { stopped = true; });
  EXPECT_EQ(collector.next_frame().first, FrameType::inventory);
  EXPECT_EQ(collector.next_frame().first, FrameType::batch);
  EXPECT_FALSE(stopped);
  collector.send(frame_of(wire::Ack{1}));
  const auto [type, payload] = collector.next_frame();
  ASSERT_EQ(type, FrameType::goodbye);
  EXPECT_EQ(wire::decode_goodbye(payload).value().reason, wire::GoodbyeReason::shutdown);
  EXPECT_TRUE(test::run_until(loop, [&] { return stopped && ended; }));
  EXPECT_TRUE(collector.wait_for_end());
}

TEST_F(UplinkTest, stops_within_its_patience_where_nothing_is_acknowledged) {
  make_batch();
  start();
  Peer collector = welcome(0);
  const auto start_of_stop = std::chrono::steady_clock::now();
  stop(200ms);
  EXPECT_GE(std::chrono::steady_clock::now() - start_of_stop, 190ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start_of_stop, 5s);
}

TEST_F(UplinkTest, stops_at_once_where_there_is_no_collector) {
  const std::uint16_t port = listening.where().port();
  listening.acceptor().close();
  start(port);
  test::run_for(loop, 50ms);
  const auto start_of_stop = std::chrono::steady_clock::now();
  stop(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - start_of_stop, 5s);
}

TEST_F(UplinkTest, stops_while_it_still_waits_for_a_connection) {
  // A full backlog: the kernel leaves further connections waiting.
  tcp::acceptor full{loop};
  full.open(tcp::v4());
  full.bind({net::ip::address_v4::loopback(), 0});
  full.listen(0);
  std::deque<tcp::socket> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(loop, tcp::v4()).async_connect(full.local_endpoint(), [](error_code) {});
  }
  start(full.local_endpoint().port());
  test::run_for(loop, 50ms);
  const auto start_of_stop = std::chrono::steady_clock::now();
  stop(100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start_of_stop, 5s);
}

}  // namespace
}  // namespace sobriety::agent
