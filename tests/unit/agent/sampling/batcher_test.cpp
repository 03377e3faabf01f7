#include "agent/sampling/batcher.hpp"

#include "tests/support/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;

TEST(Batcher, gathers_rows_until_it_is_full) {
  Batcher batcher{2, 3};
  EXPECT_TRUE(batcher.empty());
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(batcher.full());
    EXPECT_EQ(batcher.nearly_full(), i == 2);
    const auto row = batcher.add(test::at(5s * i));
    EXPECT_THAT(row, Each(no_value));
    row[0] = i;
    EXPECT_FALSE(batcher.empty());
  }
  EXPECT_TRUE(batcher.full());
  EXPECT_THAT(batcher.batch().cells, ElementsAre(0, no_value, 1, no_value, 2, no_value));
  EXPECT_EQ(batcher.batch().times[1], test::at(5s));
  EXPECT_EQ(batcher.batch().width, 2U);
}

TEST(Batcher, begins_anew_when_it_is_cleared) {
  Batcher batcher{1, 2};
  batcher.add(test::at(0s))[0] = 7;
  batcher.clear();
  EXPECT_TRUE(batcher.empty());
  EXPECT_THAT(batcher.add(test::at(5s)), ElementsAre(no_value));
  EXPECT_EQ(batcher.batch().times.size(), 1U);
}

TEST(Batcher, keeps_its_memory_from_batch_to_batch) {
  Batcher batcher{40, 6};
  batcher.add(test::at(0s));
  const Cell* cells = batcher.batch().cells.data();
  const Instant* times = batcher.batch().times.data();
  for (int round = 0; round < 3; ++round) {
    while (!batcher.full()) batcher.add(test::at(5s));
    batcher.clear();
  }
  batcher.add(test::at(0s));
  EXPECT_EQ(batcher.batch().cells.data(), cells);
  EXPECT_EQ(batcher.batch().times.data(), times);
}

TEST(Batcher, labels_samples_with_whole_milliseconds_as_the_wire_has_them) {
  Batcher batcher{1, 2};
  Instant now = test::at(5s);
  now.boottime += 1'999'999ns;
  now.asleep = 2'500'000ns;
  batcher.add(now);
  EXPECT_EQ(batcher.batch().times[0].boottime, 5001ms);
  EXPECT_EQ(batcher.batch().times[0].asleep, 2ms);
}

TEST(Batcher, takes_rows_of_another_width) {
  Batcher batcher{1, 2};
  batcher.add(test::at(0s));
  batcher.clear();
  batcher.widen(3);
  EXPECT_THAT(batcher.add(test::at(0s)), ElementsAre(no_value, no_value, no_value));
}

TEST(Batcher, is_full_before_the_wires_limits) {
  struct {
    std::size_t width, samples, full_at;
  } const table[] = {{1, 6, 6},
                     {0, 6, 6},
                     {0, 100'000, wire::max_samples},
                     {1, 100'000, wire::max_samples},
                     {1024, 1000, wire::max_cells / 1024},
                     {wire::max_cells, 6, 1},
                     {5, 0, 1}};
  for (const auto& row : table) {
    Batcher batcher{row.width, row.samples};
    std::size_t samples = 0;
    while (!batcher.full()) batcher.add(test::at(5s)), ++samples;
    EXPECT_EQ(samples, row.full_at) << row.width << " x " << row.samples;
  }
}

}  // namespace
}  // namespace sobriety::agent
