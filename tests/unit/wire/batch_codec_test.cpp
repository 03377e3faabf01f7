#include "proto/wire/batch_codec.hpp"

#include "proto/wire/frame.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace sobriety::wire {
namespace {

using namespace std::chrono_literals;

ColumnPlan plan_of(std::size_t sample_columns, std::size_t batch_columns) {
  ColumnPlan plan{std::vector<Pace>(sample_columns, Pace::sample)};
  plan.paces.resize(sample_columns + batch_columns, Pace::batch);
  return plan;
}

// A batch of a machine at work: counters that go on, some that stand, once-a-batch values at the
// end.
Batch some_batch(const ColumnPlan& plan, std::size_t samples, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  Batch batch;
  batch.seq = 17;
  batch.inventory_hash = 99;
  batch.width = plan.paces.size();
  batch.cells.assign(samples * batch.width, no_value);
  for (std::size_t i = 0; i < samples; ++i)
    batch.times.push_back({5s * i + 1234567ms, 17ms, WallTime{1'700'000'000'000ms + 5000ms * i}});
  for (std::size_t column = 0; column < batch.width; ++column) {
    auto value = static_cast<Cell>(random() % 1'000'000'000'000);
    const auto step = static_cast<Cell>(column % 3 == 0 ? 0 : random() % 1'000'000);
    for (std::size_t row = 0; row < samples;
         ++row, value += step + static_cast<Cell>(random() % 50))
      if (plan.paces[column] == Pace::sample || row + 1 == samples) batch.row(row)[column] = value;
  }
  return batch;
}

Result<Batch> through_the_wire(const Batch& batch, const ColumnPlan& plan,
                               std::size_t* size = nullptr) {
  BatchCodec codec;
  std::string bytes;
  codec.append(bytes, batch, plan);
  if (size != nullptr) *size = bytes.size();
  BatchCodec other;
  BOOST_OUTCOME_TRY(const auto head, other.parse(next_frame(bytes).value()->payload));
  EXPECT_EQ(head.seq, batch.seq);
  EXPECT_EQ(head.inventory_hash, batch.inventory_hash);
  EXPECT_EQ(head.samples, batch.times.size());
  Batch got;
  BOOST_OUTCOME_TRY(other.decode(plan, got));
  return got;
}

TEST(BatchCodec, batches_of_every_shape_survive_the_wire) {
  for (const std::size_t samples : {1U, 2U, 3U, 6U, 100U})
    for (const std::size_t width : {0U, 1U, 7U, 40U}) {
      const ColumnPlan plan = plan_of(width, width / 2);
      const Batch batch = some_batch(plan, samples, samples * 100 + width);
      EXPECT_EQ(through_the_wire(batch, plan).value(), batch) << samples << " x " << width;
    }
}

TEST(BatchCodec, missing_cells_stay_missing) {
  const ColumnPlan plan = plan_of(5, 3);
  Batch batch = some_batch(plan, 6, 4);
  batch.row(0)[0] = no_value;
  batch.row(3)[2] = no_value;
  for (std::size_t row = 0; row < 6; ++row) batch.row(row)[4] = no_value;
  batch.row(5)[6] = no_value;
  EXPECT_EQ(through_the_wire(batch, plan).value(), batch);
}

TEST(BatchCodec, any_value_can_be_coded) {
  const ColumnPlan plan = plan_of(1, 0);
  Batch batch = some_batch(plan, 6, 5);
  const Cell values[] = {std::numeric_limits<Cell>::max(), no_value + 1, 0, -1, no_value + 1,
                         std::numeric_limits<Cell>::max()};
  for (std::size_t row = 0; row < 6; ++row) batch.row(row)[0] = values[row];
  EXPECT_EQ(through_the_wire(batch, plan).value(), batch);
}

TEST(BatchCodec, a_constant_column_costs_next_to_nothing) {
  const ColumnPlan plan = plan_of(40, 0);
  Batch batch = some_batch(plan, 6, 6);
  for (std::size_t row = 0; row < 6; ++row)
    for (Cell& cell : batch.row(row)) cell = 0;
  std::size_t size = 0;
  EXPECT_TRUE(through_the_wire(batch, plan, &size).has_value());
  EXPECT_LT(size, 60U);
}

TEST(BatchCodec, times_that_go_back_are_malformed) {
  const ColumnPlan plan = plan_of(1, 0);
  Batch batch = some_batch(plan, 3, 7);
  std::swap(batch.times[0], batch.times[2]);
  EXPECT_EQ(through_the_wire(batch, plan).error().code, Errc::malformed);
}

TEST(BatchCodec, a_wall_clock_that_steps_back_is_only_a_label) {
  const ColumnPlan plan = plan_of(1, 0);
  Batch batch = some_batch(plan, 3, 7);
  batch.times[2].wall -= 1h;
  EXPECT_EQ(through_the_wire(batch, plan).value(), batch);
}

TEST(BatchCodec, a_batch_read_with_the_plan_of_another_width_is_malformed) {
  const ColumnPlan plan = plan_of(4, 2);
  BatchCodec codec;
  std::string bytes;
  codec.append(bytes, some_batch(plan, 6, 8), plan);
  for (const auto& other : {plan_of(3, 2), plan_of(5, 2), plan_of(4, 1), plan_of(0, 0)}) {
    BatchCodec reader;
    ASSERT_TRUE(reader.parse(next_frame(bytes).value()->payload).has_value());
    Batch got;
    EXPECT_FALSE(reader.decode(other, got).has_value()) << other.paces.size();
  }
}

TEST(BatchCodec, every_cut_and_every_flipped_bit_is_survived) {
  const ColumnPlan plan = plan_of(6, 3);
  BatchCodec codec;
  std::string bytes;
  codec.append(bytes, some_batch(plan, 6, 9), plan);
  const std::string payload{next_frame(bytes).value()->payload};
  const auto read = [&plan](std::string_view damaged) {
    BatchCodec reader;
    Batch got;
    if (reader.parse(damaged).has_value()) (void)reader.decode(plan, got);
  };
  for (std::size_t cut = 0; cut < payload.size(); ++cut)
    read(std::string_view{payload}.substr(0, cut));
  for (std::size_t flip = 0; flip < payload.size() * 8; ++flip) {
    std::string damaged = payload;
    damaged[flip / 8] = static_cast<char>(damaged[flip / 8] ^ 1 << flip % 8);
    read(damaged);
  }
}

}  // namespace
}  // namespace sobriety::wire
