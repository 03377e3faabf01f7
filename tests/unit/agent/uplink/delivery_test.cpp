#include "agent/uplink/delivery.hpp"

#include "tests/support/frames.hpp"
#include "tests/support/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using test::frame_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::FrameType;

SharedInventory told(std::vector<Series> series) {
  return std::make_shared<const wire::EncodedInventory>(
      wire::encode(test::inventory_of(std::move(series))));
}

const SharedInventory& one_column() {
  static const SharedInventory inventory = told({test::cpu("user")});
  return inventory;
}

void make_batch(Spool& spool, const SharedInventory& inventory = one_column()) {
  Batch batch = test::batch_of(spool.next_seq(), {{1000ms, {7}}}, inventory->hash);
  spool.push(frame_of(batch, wire::ColumnPlan{{Pace::sample}}), 1, inventory);
}

// What the frames in `bytes` are, as words.
std::vector<std::string> words(std::string bytes) {
  std::vector<std::string> list;
  wire::BatchCodec codec;
  for (const auto& [type, payload] : test::take_frames(bytes)) {
    if (type == FrameType::batch) {
      list.push_back("batch " + std::to_string(codec.parse(payload).value().seq));
    } else if (type == FrameType::gap) {
      const auto gap = wire::decode_gap(payload).value();
      list.push_back((gap.acknowledged ? "known gap " : "gap ") + std::to_string(gap.first_seq) +
                     '-' + std::to_string(gap.last_seq));
    } else {
      list.push_back(type == FrameType::inventory ? "inventory" : "other");
    }
  }
  EXPECT_THAT(bytes, IsEmpty());
  return list;
}

class DeliveryTest : public testing::Test {
 protected:
  Result<void> take(const std::string& bytes) {
    return delivery.take(*wire::next_frame(bytes).value());
  }
  Result<void> welcome(std::uint64_t committed = 0) {
    return take(frame_of(wire::Welcome{committed, test::boot_wall}));
  }
  Result<void> ack(std::uint64_t seq) { return take(frame_of(wire::Ack{seq})); }
  std::vector<std::string> pumped() {
    std::string out;
    delivery.pump(out);
    return words(out);
  }

  Spool spool{Bytes{1'000'000}};
  Delivery delivery{spool};
};

TEST_F(DeliveryTest, sends_nothing_before_it_is_welcome) {
  make_batch(spool);
  EXPECT_THAT(pumped(), IsEmpty());
  EXPECT_FALSE(delivery.welcomed());
  ASSERT_TRUE(welcome());
  EXPECT_TRUE(delivery.welcomed());
  EXPECT_THAT(pumped(), ElementsAre("inventory", "batch 1"));
  EXPECT_THAT(pumped(), IsEmpty());
}

TEST_F(DeliveryTest, tells_an_inventory_once_and_again_when_it_changes) {
  ASSERT_TRUE(welcome());
  const SharedInventory other = told({test::cpu("idle")});
  make_batch(spool);
  make_batch(spool);
  make_batch(spool, other);
  make_batch(spool, other);
  make_batch(spool);
  EXPECT_THAT(pumped(), ElementsAre("inventory", "batch 1", "batch 2", "inventory", "batch 3",
                                    "batch 4", "inventory", "batch 5"));
}

TEST_F(DeliveryTest, goes_on_behind_what_the_collector_has_committed) {
  for (int i = 0; i < 4; ++i) make_batch(spool);
  ASSERT_TRUE(welcome(2));
  EXPECT_EQ(spool.from(0)->seq, 3U);
  EXPECT_THAT(pumped(), ElementsAre("inventory", "batch 3", "batch 4"));
}

TEST_F(DeliveryTest, declares_what_was_dropped_before_it_could_be_sent) {
  Spool small{
      Bytes{2 * frame_of(test::batch_of(1, {{1000ms, {7}}}, one_column()->hash), {{Pace::sample}})
                    .size() +
            4}};
  for (int i = 0; i < 5; ++i) make_batch(small);
  ASSERT_EQ(small.from(0)->seq, 4U);
  Delivery of_small{small};
  const std::string bytes = frame_of(wire::Welcome{1, test::boot_wall});
  ASSERT_TRUE(of_small.take(*wire::next_frame(bytes).value()));
  std::string out;
  of_small.pump(out);
  EXPECT_THAT(words(out), ElementsAre("gap 2-3", "inventory", "batch 4", "batch 5"));
}

TEST_F(DeliveryTest, tells_a_collector_that_forgot_what_it_had_from_what_was_dropped) {
  for (int i = 0; i < 4; ++i) make_batch(spool);
  spool.acknowledge(3);
  Delivery again{spool};
  const std::string bytes = frame_of(wire::Welcome{0, test::boot_wall});
  ASSERT_TRUE(again.take(*wire::next_frame(bytes).value()));
  std::string out;
  again.pump(out);
  EXPECT_THAT(words(out), ElementsAre("known gap 1-3", "inventory", "batch 4"));
}

TEST_F(DeliveryTest, is_settled_when_all_that_was_made_is_acknowledged) {
  EXPECT_FALSE(delivery.settled());
  ASSERT_TRUE(welcome());
  EXPECT_TRUE(delivery.settled());
  make_batch(spool);
  make_batch(spool);
  static_cast<void>(pumped());
  EXPECT_FALSE(delivery.settled());
  ASSERT_TRUE(ack(1));
  EXPECT_FALSE(delivery.settled());
  ASSERT_TRUE(ack(2));
  EXPECT_TRUE(delivery.settled());
}

TEST_F(DeliveryTest, an_ack_that_came_before_changes_nothing) {
  for (int i = 0; i < 3; ++i) make_batch(spool);
  ASSERT_TRUE(welcome());
  static_cast<void>(pumped());
  ASSERT_TRUE(ack(2));
  ASSERT_TRUE(ack(1));
  ASSERT_TRUE(ack(2));
  EXPECT_EQ(spool.from(0)->seq, 3U);
}

TEST_F(DeliveryTest, an_ack_of_what_an_earlier_connection_sent_is_no_gap) {
  // The collector welcomed with 1 while 2 and 3, sent before the connection broke, were on their
  // way to its store.
  for (int i = 0; i < 4; ++i) make_batch(spool);
  ASSERT_TRUE(welcome(1));
  ASSERT_TRUE(ack(3));
  EXPECT_THAT(pumped(), ElementsAre("inventory", "batch 4"));
}

TEST_F(DeliveryTest, has_no_more_on_its_way_than_the_window_and_one_batch) {
  Spool wide{Bytes{100'000'000}};
  const std::size_t size = 10'000;
  for (int i = 0; i < 100; ++i)
    wide.push(test::raw_frame(FrameType::batch, std::string(size, 'x')), 1, one_column());
  Delivery to_wide{wide};
  const auto take_by_wide = [&](const std::string& bytes) {
    return to_wide.take(*wire::next_frame(bytes).value());
  };
  ASSERT_TRUE(take_by_wide(frame_of(wire::Welcome{0, test::boot_wall})));
  std::string out;
  to_wide.pump(out);
  EXPECT_GE(out.size(), delivery_window);
  EXPECT_LE(out.size(), delivery_window + 2 * size);
  const std::uint64_t sent = test::take_frames(out).size() - 1;
  to_wide.pump(out);
  EXPECT_THAT(out, IsEmpty());
  ASSERT_TRUE(take_by_wide(frame_of(wire::Ack{sent})));
  to_wide.pump(out);
  EXPECT_GE(out.size(), delivery_window);
}

TEST_F(DeliveryTest, what_a_collector_must_not_say_ends_the_conversation) {
  struct Case {
    const char* name;
    std::vector<std::string> before;
    std::string said;
    Errc code;
  };
  const std::string hello = frame_of(wire::Welcome{0, test::boot_wall});
  const Case table[] = {
      {"an ack before the welcome", {}, frame_of(wire::Ack{1}), Errc::malformed},
      {"a second welcome", {hello}, hello, Errc::malformed},
      {"an ack of more than was made", {hello}, frame_of(wire::Ack{4}), Errc::malformed},
      {"an ack of everything", {hello}, frame_of(wire::Ack{~std::uint64_t{0}}), Errc::malformed},
      {"a hello", {hello}, frame_of(test::hello_of(1)), Errc::malformed},
      {"an inventory", {hello}, one_column()->frame, Errc::malformed},
      {"a gap", {hello}, frame_of(wire::Gap{1, 2}), Errc::malformed},
      {"a goodbye", {hello}, frame_of(wire::Goodbye{wire::GoodbyeReason::stop}), Errc::malformed},
      {"a damaged welcome", {}, test::raw_frame(FrameType::welcome, "\xff"), Errc::malformed},
      {"a damaged ack", {hello}, test::raw_frame(FrameType::ack, "\xff"), Errc::malformed},
      {"a damaged refusal", {}, test::raw_frame(FrameType::refusal, "\xff"), Errc::malformed},
      {"a refusal",
       {},
       frame_of(wire::Refusal{wire::RefusalReason::overloaded, "full", 30s}),
       Errc::unavailable},
  };
  for (const Case& row : table) {
    Spool three{Bytes{1'000'000}};
    for (int i = 0; i < 3; ++i) make_batch(three);
    Delivery conversation{three};
    for (const std::string& bytes : row.before)
      ASSERT_TRUE(conversation.take(*wire::next_frame(bytes).value())) << row.name;
    const auto answer = conversation.take(*wire::next_frame(row.said).value());
    ASSERT_FALSE(answer) << row.name;
    EXPECT_EQ(answer.error().code, row.code) << row.name;
    EXPECT_EQ(three.from(0)->seq, 1U) << row.name;  // nothing is let go of
  }
}

TEST_F(DeliveryTest, a_collector_that_has_more_than_was_made_gets_a_new_stream) {
  make_batch(spool);
  const StreamId before = spool.stream();
  const auto answer = welcome(2);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("batch 2 of stream " + before.hex()));
  EXPECT_NE(spool.stream(), before);
  EXPECT_EQ(spool.next_seq(), 1U);
  EXPECT_TRUE(spool.empty());
  EXPECT_EQ(spool.dropped_samples(), 1U);
  EXPECT_FALSE(delivery.progressed());
}

TEST_F(DeliveryTest, gets_somewhere_once_something_new_is_acknowledged_or_nothing_waits) {
  make_batch(spool);
  make_batch(spool);
  ASSERT_TRUE(welcome());
  EXPECT_FALSE(delivery.progressed());
  static_cast<void>(pumped());
  EXPECT_FALSE(delivery.progressed());
  ASSERT_TRUE(ack(1));
  EXPECT_TRUE(delivery.progressed());

  Delivery next{spool};  // the collector says again what it said before, and refuses batch 2
  const std::string bytes = frame_of(wire::Welcome{1, test::boot_wall});
  ASSERT_TRUE(next.take(*wire::next_frame(bytes).value()));
  EXPECT_FALSE(next.progressed());
}

TEST_F(DeliveryTest, sends_a_backlog_in_pieces_of_what_it_is_allowed) {
  for (int i = 0; i < 10; ++i) make_batch(spool);
  ASSERT_TRUE(welcome());
  std::string out;
  EXPECT_TRUE(delivery.pump(out, 0));
  EXPECT_THAT(out, IsEmpty());
  EXPECT_TRUE(delivery.pump(out, 1));
  EXPECT_THAT(words(out), ElementsAre("inventory", "batch 1"));
  out.clear();
  EXPECT_FALSE(delivery.pump(out));
  EXPECT_EQ(words(out).size(), 9U);
}

TEST_F(DeliveryTest, a_refusal_is_told_in_the_collectors_words_with_its_wish_for_a_pause) {
  const auto answer =
      take(frame_of(wire::Refusal{wire::RefusalReason::overloaded, "full up", 30s}));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("full up"));
  EXPECT_THAT(answer.error().message, HasSubstr("overloaded"));
  EXPECT_EQ(delivery.retry_after(), 30s);
}

// A collector in miniature: takes bytes, applies what is next, and commits now and then.
class Collector {
 public:
  explicit Collector(std::size_t batches_a_commit) : batches_a_commit_(batches_a_commit) {}

  // A new connection: what was on its way is lost.
  std::string connect() {
    received_.clear();
    in_connection_.clear();
    inventory_known_ = false;
    connected_at_ = committed;
    return frame_of(wire::Welcome{committed, test::boot_wall});
  }

  // Takes one byte, and returns what there is to answer.
  std::string take(char byte) {
    received_ += byte;
    std::string answers;
    for (const auto& [type, payload] : test::take_frames(received_)) {
      if (type == FrameType::inventory) inventory_known_ = true;
      if (type == FrameType::gap) {
        const auto gap = wire::decode_gap(payload).value();
        EXPECT_LE(gap.first_seq, applied + 1);
        for (std::uint64_t seq = gap.first_seq; seq <= gap.last_seq; ++seq)
          if (seq > applied) skipped.insert(seq);
        applied = std::max(applied, gap.last_seq);
      }
      if (type == FrameType::batch) {
        const std::uint64_t seq = codec_.parse(payload).value().seq;
        EXPECT_TRUE(inventory_known_);
        EXPECT_LE(seq, applied + 1) << "a hole";
        EXPECT_TRUE(in_connection_.insert(seq).second)
            << "batch " << seq << " twice in one connection";
        EXPECT_GT(seq, connected_at_) << "sent again though committed";
        if (seq == applied + 1) {
          applied = seq;
          ++times_applied[seq];
        }
      }
      if (applied - committed >= batches_a_commit_) answers += commit();
    }
    return answers;
  }
  std::string commit() {
    committed = applied;
    return frame_of(wire::Ack{committed});
  }

  std::uint64_t applied = 0;
  std::uint64_t committed = 0;
  std::map<std::uint64_t, int> times_applied;
  std::set<std::uint64_t> skipped;

 private:
  std::size_t batches_a_commit_;
  std::string received_;
  bool inventory_known_ = false;
  std::uint64_t connected_at_ = 0;
  std::set<std::uint64_t> in_connection_;
  wire::BatchCodec codec_;
};

// One connection after the other, every byte its own step, broken at step `breaks_at`.
class Exchange {
 public:
  Exchange(std::size_t queue_bytes, std::size_t batches_a_commit, std::size_t breaks_at)
      : spool(Bytes{queue_bytes}), collector(batches_a_commit), breaks_at_(breaks_at) {
    connect();
  }

  // Runs until neither side has anything to say.
  void run() {
    while (!up_.empty() || !down_.empty()) {
      if (++steps == breaks_at_) {
        connect();
        continue;
      }
      if (!up_.empty()) {
        const char byte = up_.front();
        up_.erase(0, 1);
        down_ += collector.take(byte);
      } else {
        received_ += down_.front();
        down_.erase(0, 1);
        const auto frame = wire::next_frame(received_);
        if (!frame.value()) continue;
        ASSERT_TRUE(delivery_->take(*frame.value()));
        received_.clear();
        delivery_->pump(up_);
      }
    }
  }
  void make() {
    make_batch(spool, spool.next_seq() % 3 == 0 ? other_ : one_column());
    delivery_->pump(up_);
  }
  void settle() {
    down_ += collector.commit();
    run();
  }

  Spool spool;
  Collector collector;
  std::size_t steps = 0;
  [[nodiscard]] const Delivery& delivery() const { return *delivery_; }

 private:
  void connect() {
    up_.clear();
    received_.clear();
    delivery_ = std::make_unique<Delivery>(spool);
    down_ = collector.connect();
  }

  std::size_t breaks_at_;
  SharedInventory other_ = told({test::cpu("idle")});
  std::unique_ptr<Delivery> delivery_;
  std::string up_;
  std::string down_;
  std::string received_;
};

TEST(DeliveryThroughFailures, nothing_is_lost_nor_applied_twice_wherever_the_connection_breaks) {
  std::size_t steps = 0;
  for (std::size_t breaks_at = 0; breaks_at <= steps; ++breaks_at) {
    Exchange exchange{1'000'000, 2, breaks_at};
    for (int i = 0; i < 3; ++i) exchange.make();
    exchange.run();
    for (int i = 0; i < 4; ++i) {
      exchange.make();
      if (i % 2 == 0) exchange.run();
    }
    exchange.run();
    exchange.settle();
    if (breaks_at == 0) steps = exchange.steps;
    ASSERT_EQ(exchange.collector.applied, 7U) << breaks_at;
    ASSERT_TRUE(exchange.delivery().settled()) << breaks_at;
    ASSERT_TRUE(exchange.collector.skipped.empty()) << breaks_at;
    for (std::uint64_t seq = 1; seq <= 7; ++seq)
      ASSERT_EQ(exchange.collector.times_applied[seq], 1) << breaks_at;
  }
  EXPECT_GT(steps, 500U);
}

TEST(DeliveryThroughFailures, what_the_queue_drops_is_declared_and_nothing_else) {
  const std::size_t two_batches =
      2 * frame_of(test::batch_of(1, {{1000ms, {7}}}, one_column()->hash), {{Pace::sample}})
              .size() +
      4;
  std::size_t steps = 0;
  for (std::size_t breaks_at = 0; breaks_at <= steps; ++breaks_at) {
    Exchange exchange{two_batches, 2, breaks_at};
    for (int i = 0; i < 5; ++i) exchange.make();  // three are dropped before the first welcome
    exchange.run();
    for (int i = 0; i < 5; ++i)
      exchange.make();  // some are sent as they come, and dropped while on their way
    exchange.run();
    exchange.settle();
    if (breaks_at == 0) steps = exchange.steps;
    ASSERT_EQ(exchange.collector.applied, 10U) << breaks_at;
    ASSERT_TRUE(exchange.delivery().settled()) << breaks_at;
    for (std::uint64_t seq = 1; seq <= 10; ++seq)
      ASSERT_EQ(exchange.collector.times_applied[seq] +
                    static_cast<int>(exchange.collector.skipped.count(seq)),
                1)
          << "batch " << seq << ", broken at " << breaks_at;
    ASSERT_LE(exchange.collector.skipped.size(), exchange.spool.dropped_samples()) << breaks_at;
    ASSERT_TRUE(exchange.collector.skipped.contains(1)) << breaks_at;
  }
  EXPECT_GT(steps, 300U);
}

}  // namespace
}  // namespace sobriety::agent
