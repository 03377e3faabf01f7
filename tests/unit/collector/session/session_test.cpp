#include "collector/session/session.hpp"

#include "tests/support/frames.hpp"
#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using test::frame_of;
using wire::RefusalReason;

Inventory inventory() { return test::inventory_of({test::cpu("user"), test::wall_meter()}); }
Inventory other_inventory() { return test::inventory_of({test::cpu("user")}); }

std::string batch(std::uint64_t seq, const Inventory& about = inventory()) {
  const std::vector<Cell> cells(about.series.size(), 5);
  return frame_of(test::batch_of(seq, {{1000ms, cells}, {6000ms, cells}}, wire::encode(about).hash),
                  wire::ColumnPlan::of(about));
}
std::string hello() { return frame_of(test::hello_of(1)); }
std::string told(const Inventory& about = inventory()) { return wire::encode(about).frame; }
std::string gap(std::uint64_t first, std::uint64_t last) {
  return frame_of(wire::Gap{first, last});
}
std::string goodbye() { return frame_of(wire::Goodbye{wire::GoodbyeReason::stop}); }
std::string damaged(wire::FrameType type) { return test::raw_frame(type, "\xff\xff"); }

// A step as a word: what it is, and its reason or number.
std::string word(const Step& step) {
  struct {
    std::string operator()(const wire::Hello&) const { return "hello"; }
    std::string operator()(const NewInventory& step) const {
      return "inventory of " + std::to_string(step.inventory.series.size());
    }
    std::string operator()(const NextBatch&) const { return "next"; }
    std::string operator()(const DuplicateBatch&) const { return "duplicate"; }
    std::string operator()(const Skipped& step) const {
      return "skipped to " + std::to_string(step.last_seq);
    }
    std::string operator()(const wire::Goodbye&) const { return "goodbye"; }
    std::string operator()(const wire::Refusal& step) const {
      return std::string{wire::to_string(step.reason)};
    }
  } words;
  return std::visit(words, step);
}

class Conversation {
 public:
  std::string take(const std::string& bytes) {
    const auto frame = wire::next_frame(bytes);
    return word(session_.take(*frame.value(), codec_, batch_));
  }
  // Takes what must be in order.
  Conversation& after(const std::vector<std::string>& frames) {
    for (const std::string& frame : frames) {
      const std::string step = take(frame);
      EXPECT_TRUE(step == "hello" || step.starts_with("inventory") || step == "next" ||
                  step.starts_with("skipped") || step == "goodbye")
          << step;
    }
    return *this;
  }
  Session& session() { return session_; }
  const Batch& decoded() const { return batch_; }

 private:
  Session session_;
  wire::BatchCodec codec_;
  Batch batch_;
};

struct Turn {
  std::string name;
  std::string frame;
};

// Each of the frames there are, well-formed and not.
const std::vector<Turn>& all_frames() {
  static const std::vector<Turn> frames{
      {"hello", hello()},
      {"inventory", told()},
      {"other inventory", told(other_inventory())},
      {"batch 1", batch(1)},
      {"batch 2", batch(2)},
      {"batch 3", batch(3)},
      {"batch 2 of other", batch(2, other_inventory())},
      {"gap 1-1", gap(1, 1)},
      {"gap 2-4", gap(2, 4)},
      {"gap 3-4", gap(3, 4)},
      {"goodbye", goodbye()},
      {"welcome", frame_of(wire::Welcome{0, test::boot_wall})},
      {"ack", frame_of(wire::Ack{1})},
      {"refusal", frame_of(wire::Refusal{RefusalReason::overloaded, "no"})},
      {"damaged hello", damaged(wire::FrameType::hello)},
      {"damaged inventory", damaged(wire::FrameType::inventory)},
      {"damaged batch", damaged(wire::FrameType::batch)},
      {"damaged gap", damaged(wire::FrameType::gap)},
      {"damaged goodbye", damaged(wire::FrameType::goodbye)},
  };
  return frames;
}

struct Stage {
  const char* name;
  std::vector<std::string> before;
  std::vector<std::string> answers;  // to all_frames(), in their order
};

class EveryStage : public testing::TestWithParam<Stage> {};

TEST_P(EveryStage, answers_every_frame) {
  const Stage& stage = GetParam();
  ASSERT_EQ(stage.answers.size(), all_frames().size());
  for (std::size_t i = 0; i < all_frames().size(); ++i) {
    Conversation conversation;
    conversation.after(stage.before);
    EXPECT_EQ(conversation.take(all_frames()[i].frame), stage.answers[i]) << all_frames()[i].name;
  }
}

const std::string order = "out_of_order";
const std::string bad = "malformed";
const std::string unknown = "unknown_inventory";

INSTANTIATE_TEST_SUITE_P(
    Session, EveryStage,
    testing::Values(Stage{"before_the_hello",
                          {},
                          {"hello", order, order, order, order, order, order, order, order, order,
                           order, order, order, order, bad, order, order, order, order}},
                    Stage{"after_the_hello",
                          {hello()},
                          {order, "inventory of 2", "inventory of 1", unknown, order, order, order,
                           "skipped to 1", order, order, "goodbye", order, order, order, order, bad,
                           bad, bad, bad}},
                    Stage{"after_the_inventory",
                          {hello(), told()},
                          {order, "inventory of 2", "inventory of 1", "next", order, order, order,
                           "skipped to 1", order, order, "goodbye", order, order, order, order, bad,
                           bad, bad, bad}},
                    Stage{"after_a_batch",
                          {hello(), told(), batch(1)},
                          {order, "inventory of 2", "inventory of 1", "duplicate", "next", order,
                           unknown, "skipped to 1", "skipped to 4", order, "goodbye", order, order,
                           order, order, bad, bad, bad, bad}},
                    Stage{"after_another_inventory",
                          {hello(), told(), batch(1), told(other_inventory())},
                          {order, "inventory of 2", "inventory of 1", "duplicate", unknown, order,
                           "next", "skipped to 1", "skipped to 4", order, "goodbye", order, order,
                           order, order, bad, bad, bad, bad}},
                    Stage{"after_a_gap",
                          {hello(), told(), gap(1, 2)},
                          {order, "inventory of 2", "inventory of 1", "duplicate", "duplicate",
                           "next", "duplicate", "skipped to 2", "skipped to 4", "skipped to 4",
                           "goodbye", order, order, order, order, bad, bad, bad, bad}}),
    [](const auto& stage) { return stage.param.name; });

TEST(Session, decodes_the_next_batch_into_the_callers_and_leaves_it_alone_otherwise) {
  Conversation conversation;
  conversation.after({hello(), told(), batch(1)});
  const Batch decoded = conversation.decoded();
  EXPECT_EQ(decoded.seq, 1U);
  EXPECT_EQ(decoded.cells, std::vector<Cell>(4, 5));
  EXPECT_EQ(conversation.take(batch(1)), "duplicate");
  EXPECT_EQ(conversation.take(batch(5)), order);
  EXPECT_EQ(conversation.decoded(), decoded);
}

TEST(Session, goes_on_where_the_account_is_and_takes_what_was_applied_for_duplicates) {
  Conversation conversation;
  conversation.session().resume(7);
  EXPECT_EQ(conversation.take(hello()), order);
  EXPECT_EQ(conversation.take(batch(7)),
            "duplicate");  // even before the inventory: nothing is decoded
  EXPECT_EQ(conversation.take(batch(9)), order);
  EXPECT_EQ(conversation.take(batch(8)), unknown);
  EXPECT_EQ(conversation.take(told()), "inventory of 2");
  EXPECT_EQ(conversation.take(batch(8)), "next");
  EXPECT_EQ(conversation.take(batch(9)), "next");
}

TEST(Session, a_gap_that_was_seen_in_part_skips_the_rest) {
  Conversation conversation;
  conversation.session().resume(7);
  EXPECT_EQ(conversation.take(gap(5, 10)), "skipped to 10");
  EXPECT_EQ(conversation.take(gap(5, 10)), "skipped to 10");
  EXPECT_EQ(conversation.take(gap(3, 4)), "skipped to 10");
  EXPECT_EQ(conversation.take(gap(12, 13)), order);
}

TEST(Session, a_gap_to_the_end_of_all_numbers_is_refused) {
  Conversation conversation;
  conversation.after({hello(), told()});
  EXPECT_EQ(conversation.take(gap(1, std::numeric_limits<std::uint64_t>::max())), bad);
}

TEST(Session, every_cut_and_every_flipped_bit_of_a_batch_is_survived) {
  const std::string whole = batch(1);
  const auto read = [](const std::string& payload) {
    Conversation conversation;
    conversation.after({hello(), told()});
    conversation.take(test::raw_frame(wire::FrameType::batch, payload));
  };
  const std::string payload = whole.substr(wire::header_size);
  for (std::size_t cut = 0; cut < payload.size(); ++cut) read(payload.substr(0, cut));
  for (std::size_t flip = 0; flip < payload.size() * 8; ++flip) {
    std::string damaged_payload = payload;
    damaged_payload[flip / 8] = static_cast<char>(damaged_payload[flip / 8] ^ 1 << flip % 8);
    read(damaged_payload);
  }
}

TEST(Session, a_batch_of_the_right_name_and_the_wrong_width_is_malformed) {
  Batch narrow = test::batch_of(1, {{1000ms, {5}}}, wire::encode(inventory()).hash);
  Conversation conversation;
  conversation.after({hello(), told()});
  EXPECT_EQ(conversation.take(frame_of(narrow, wire::ColumnPlan::of(other_inventory()))), bad);
}

TEST(RefusalOf, keeps_the_words_of_the_error_and_finds_its_reason) {
  struct {
    Errc code;
    RefusalReason reason;
  } const table[] = {{Errc::malformed, RefusalReason::malformed},
                     {Errc::unsupported, RefusalReason::unsupported_version},
                     {Errc::too_large, RefusalReason::too_large}};
  for (const auto& row : table) {
    const wire::Refusal refusal = refusal_of({row.code, "words"});
    EXPECT_EQ(refusal.reason, row.reason);
    EXPECT_EQ(refusal.message, "words");
  }
}

}  // namespace
}  // namespace sobriety::collector
