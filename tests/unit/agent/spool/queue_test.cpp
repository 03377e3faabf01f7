#include "agent/spool/queue.hpp"

#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

class QueueTest : public testing::Test {
 protected:
  void push(std::size_t size, std::uint32_t samples = 6) {
    queue.push({++last, std::string(size, 'x'), samples, inventory});
    queue.trim();
  }
  std::uint64_t first_from(std::uint64_t seq) const {
    const QueuedBatch* batch = queue.from(seq);
    return batch == nullptr ? 0 : batch->seq;
  }

  SharedInventory inventory = std::make_shared<const wire::EncodedInventory>();
  Queue queue{Bytes{100}};
  std::uint64_t last = 0;
};

TEST_F(QueueTest, finds_a_batch_by_its_number_or_the_one_behind) {
  EXPECT_TRUE(queue.empty());
  push(10);
  push(10);
  EXPECT_EQ(queue.bytes(), 20U);
  EXPECT_EQ(first_from(0), 1U);
  EXPECT_EQ(first_from(1), 1U);
  EXPECT_EQ(first_from(2), 2U);
  EXPECT_EQ(first_from(3), 0U);
}

TEST_F(QueueTest, holds_what_fits_exactly) {
  push(60);
  push(40);
  EXPECT_EQ(queue.bytes(), 100U);
  EXPECT_EQ(queue.dropped_samples(), 0U);
}

TEST_F(QueueTest, drops_the_oldest_beyond_its_bound_and_counts_their_samples) {
  push(60, 6);
  push(40, 3);
  push(41, 2);
  EXPECT_EQ(first_from(1), 2U);
  EXPECT_EQ(queue.bytes(), 81U);
  EXPECT_EQ(queue.dropped_samples(), 6U);
  push(100, 1);
  EXPECT_EQ(first_from(1), 4U);
  EXPECT_EQ(queue.dropped_samples(), 11U);
}

TEST_F(QueueTest, is_never_over_its_bound_but_for_one_batch_alone) {
  for (std::size_t size = 1; size <= 150; size += 7) {
    push(size);
    EXPECT_TRUE(queue.bytes() <= 100 || queue.bytes() == size) << size;
  }
}

TEST_F(QueueTest, keeps_a_batch_that_is_too_big_for_it_alone) {
  push(50);
  push(500);
  EXPECT_EQ(first_from(1), 2U);
  EXPECT_EQ(queue.bytes(), 500U);
  push(1);
  EXPECT_EQ(first_from(1), 3U);
  EXPECT_EQ(queue.bytes(), 1U);
}

TEST_F(QueueTest, lets_go_of_what_is_safe) {
  for (int i = 0; i < 5; ++i) push(10);
  queue.forget(0);
  EXPECT_EQ(queue.bytes(), 50U);
  queue.forget(3);
  EXPECT_EQ(first_from(1), 4U);
  EXPECT_EQ(queue.bytes(), 20U);
  queue.forget(2);
  EXPECT_EQ(queue.bytes(), 20U);
  queue.forget(5);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
  EXPECT_EQ(queue.dropped_samples(), 0U);
}

TEST_F(QueueTest, keeps_inventories_only_as_long_as_their_batches) {
  std::weak_ptr<const wire::EncodedInventory> watched = inventory;
  push(10);
  inventory.reset();
  EXPECT_FALSE(watched.expired());
  queue.forget(1);
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace sobriety::agent
