// What the outbox of every store must do.
#pragma once

#include "tests/contract/store_contract.hpp"

namespace sobriety::test {

using collector::OutboxBlock;
using collector::OutboxState;

class OutboxContract : public StoreContract {
 protected:
  // Room for about `bytes`.
  void open_small(std::uint64_t bytes) {
    store.reset();
    auto opened = GetParam().open({"", directory.path() / "store", Bytes{bytes}}, Access::own);
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(opened.value());
  }
  // A batch of the host, with a block that tells which.
  HostRecord record(std::uint8_t host, std::uint64_t seq, std::uint32_t samples = 1,
                    std::size_t size = 0) {
    HostRecord made = record_of(host, seq);
    if (seq > 1) made.before = {made.state.place.stream, seq - 1};
    made.outbox = {{std::to_string(host) + ':' + std::to_string(seq) + noise(size), samples}};
    made.outbox_since = boot_wall + std::chrono::seconds{seq};
    return made;
  }
  // Bytes that do not become fewer when they are packed.
  std::string noise(std::size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }
  std::vector<OutboxBlock> blocks(std::uint64_t samples = 1'000'000) {
    std::vector<std::string> notes;
    const auto rows = store->outbox_rows(samples, notes);
    EXPECT_TRUE(rows) << rows.error().message;
    EXPECT_TRUE(notes.empty());
    std::vector<OutboxBlock> all;
    for (const auto& row : rows.value())
      all.insert(all.end(), row.blocks.begin(), row.blocks.end());
    return all;
  }
  std::vector<std::int64_t> numbers() {
    std::vector<std::string> notes;
    std::vector<std::int64_t> all;
    const auto rows = store->outbox_rows(1'000'000, notes).value();
    for (const auto& row : rows) all.push_back(row.no);
    return all;
  }
  void settle(const std::vector<collector::OutboxSettled>& rows) {
    const auto done = store->settle_outbox(rows);
    ASSERT_TRUE(done) << done.error().message;
  }
  [[nodiscard]] OutboxState state() {
    const OutboxState now = store->outbox_state().value();
    EXPECT_EQ(now.taken, now.sent + now.refused + now.dropped + now.samples);
    return now;
  }

 private:
  std::minstd_rand random_{7};
};

TEST_P(OutboxContract,
       gives_what_commits_brought_in_their_order_and_the_rest_of_the_store_is_as_ever) {
  commit({record(1, 1, 3), record(2, 1, 4)});
  commit({record(1, 2, 5)});
  EXPECT_EQ(blocks(), (std::vector<OutboxBlock>{{"1:1", 3}, {"2:1", 4}, {"1:2", 5}}));
  EXPECT_EQ(blocks(1), (std::vector<OutboxBlock>{{"1:1", 3}, {"2:1", 4}}));  // a row is given whole
  const OutboxState now = state();
  EXPECT_EQ(now.taken, 12U);
  EXPECT_EQ(now.samples, 12U);
  EXPECT_EQ(now.rows, 2U);
  EXPECT_EQ(now.since, boot_wall + std::chrono::seconds{1});
  expect_sound();
}

TEST_P(OutboxContract, a_commit_that_is_repeated_brings_its_blocks_once) {
  const std::vector<HostRecord> records{record(1, 1), record(2, 1)};
  commit(records);
  commit(records);
  EXPECT_EQ(blocks().size(), 2U);
  EXPECT_EQ(state().taken, 2U);
}

TEST_P(OutboxContract, a_commit_that_fails_brings_nothing) {
  commit({record(1, 1)});
  auto strange = record(1, 7);
  EXPECT_FALSE(store->commit(std::vector<HostRecord>{record(2, 1), strange}));
  EXPECT_EQ(blocks(), (std::vector<OutboxBlock>{{"1:1", 1}}));
  EXPECT_EQ(state().taken, 1U);
}

TEST_P(OutboxContract, what_is_settled_leaves_and_is_counted_once) {
  for (std::uint64_t seq = 1; seq <= 3; ++seq) commit({record(1, seq, 10)});
  const auto rows = numbers();
  ASSERT_EQ(rows.size(), 3U);
  for (int i = 0; i < 2; ++i) settle({{rows[0], 0}, {rows[2], 4}});
  EXPECT_EQ(blocks(), (std::vector<OutboxBlock>{{"1:2", 10}}));
  const OutboxState now = state();
  EXPECT_EQ(now.sent, 16U);
  EXPECT_EQ(now.refused, 4U);
  settle({{rows[1], 0}});
  commit({record(1, 4)});
  EXPECT_GT(numbers().front(), rows[2]);  // never used twice
  expect_sound();
}

TEST_P(OutboxContract, the_oldest_make_room_and_are_counted) {
  open_small(10'000);
  for (std::uint64_t seq = 1; seq <= 10; ++seq) commit({record(1, seq, 7, 3000)});
  const auto kept = blocks();
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept.front().bytes.substr(0, 3), "1:8");
  const OutboxState now = state();
  EXPECT_EQ(now.dropped, 49U);
  EXPECT_LE(now.size, Bytes{10'000});
  EXPECT_EQ(now.since, boot_wall + std::chrono::seconds{8});
  commit({record(2, 1, 5, 20'000)});  // more than there is room for at all
  EXPECT_TRUE(blocks().empty());
  EXPECT_EQ(state().dropped, 75U);
  expect_sound();
}

TEST_P(OutboxContract, a_row_that_was_dropped_while_it_was_sent_counts_as_dropped) {
  open_small(4'000);
  commit({record(1, 1, 5, 3000)});
  const auto rows = numbers();
  commit({record(1, 2, 6, 3000)});
  settle({{rows[0], 0}});
  EXPECT_EQ(state().dropped, 5U);
  EXPECT_EQ(state().sent, 0U);
}

TEST_P(OutboxContract, many_blocks_of_a_commit_are_rows_of_about_a_mebibyte) {
  HostRecord large = record(1, 1);
  for (std::uint32_t i = 0; i < 5; ++i) large.outbox.push_back({noise(600'000), i});
  commit({large});
  EXPECT_EQ(numbers().size(), 3U);
  EXPECT_EQ(blocks(), large.outbox);
}

}  // namespace sobriety::test
