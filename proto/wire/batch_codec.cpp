#include "proto/wire/batch_codec.hpp"

#include "proto/wire/frame.hpp"
#include "wire/sobriety/v1/telemetry.pb.h"

#include <array>
#include <cassert>
#include <optional>

namespace sobriety::wire {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::size_t time_columns = 3;
// A time since boot beyond a century or a wall clock beyond the year 9999 is not one.
constexpr std::array<std::int64_t, time_columns> time_bounds{3'155'760'000'000, 253'402'300'799'999,
                                                             3'155'760'000'000};

std::int64_t ms(Elapsed time) { return duration_cast<milliseconds>(time).count(); }

// boottime, wall - boottime (constant unless the clock is set), asleep; in milliseconds.
std::array<std::int64_t, time_columns> time_cells(const Instant& time) {
  return {ms(time.boottime), time.wall.time_since_epoch().count() - ms(time.boottime),
          ms(time.asleep)};
}

// What a column is expected to do next: stand, then go on as it went. Arithmetic is modulo 2^64, so
// that any value can be coded.
class Predictor {
 public:
  [[nodiscard]] std::uint64_t expected() const { return value_ + step_; }
  void saw(std::uint64_t value) {
    step_ = seen_ ? value - value_ : 0;
    value_ = value;
    seen_ = true;
  }

 private:
  std::uint64_t value_ = 0;
  std::uint64_t step_ = 0;
  bool seen_ = false;
};

// Runs of zeros become one zero and how many follow it.
class RunWriter {
 public:
  explicit RunWriter(google::protobuf::RepeatedField<std::int64_t>& out) : out_(out) {}

  void put(std::int64_t value) {
    if (value == 0) {
      ++zeros_;
      return;
    }
    finish();
    out_.Add(value);
  }
  void finish() {
    if (zeros_ == 0) return;
    out_.Add(0);
    out_.Add(zeros_ - 1);
    zeros_ = 0;
  }

 private:
  google::protobuf::RepeatedField<std::int64_t>& out_;
  std::int64_t zeros_ = 0;
};

class RunReader {
 public:
  explicit RunReader(const google::protobuf::RepeatedField<std::int64_t>& in)
      : at_(in.begin()), end_(in.end()) {}

  // The next value; false where there is none or a run is malformed.
  bool get(std::int64_t& value) {
    value = 0;
    if (zeros_ > 0) {
      --zeros_;
      return true;
    }
    if (at_ == end_) return false;
    value = *at_++;
    if (value != 0) return true;
    if (at_ == end_ || *at_ < 0) return false;
    zeros_ = *at_++;
    return true;
  }
  [[nodiscard]] bool done() const { return zeros_ == 0 && at_ == end_; }

 private:
  google::protobuf::RepeatedField<std::int64_t>::const_iterator at_;
  google::protobuf::RepeatedField<std::int64_t>::const_iterator end_;
  std::int64_t zeros_ = 0;
};

bool bit(std::string_view bits, std::size_t at) {
  return (static_cast<unsigned char>(bits[at / 8]) >> (at % 8) & 1) != 0;
}

// The first row in which a column of this pace has a cell.
std::size_t first_row(Pace pace, std::size_t samples) {
  return pace == Pace::sample ? 0 : samples - 1;
}

}  // namespace

ColumnPlan ColumnPlan::of(const Inventory& inventory) {
  ColumnPlan plan;
  plan.paces.reserve(inventory.series.size());
  for (const Series& series : inventory.series) plan.paces.push_back(pace_of(series.signal));
  return plan;
}

BatchCodec::BatchCodec() : message_(std::make_unique<v1::Batch>()) {}
BatchCodec::~BatchCodec() = default;
BatchCodec::BatchCodec(BatchCodec&&) noexcept = default;
BatchCodec& BatchCodec::operator=(BatchCodec&&) noexcept = default;

void BatchCodec::append(std::string& out, const Batch& batch, const ColumnPlan& plan) {
  const std::size_t samples = batch.times.size();
  assert(samples > 0 && samples <= max_samples && batch.width == plan.paces.size());
  assert(batch.cells.size() == samples * batch.width && batch.cells.size() <= max_cells);
  v1::Batch& message = *message_;
  message.Clear();
  message.set_seq(batch.seq);
  message.set_inventory_hash(batch.inventory_hash);
  message.set_samples(static_cast<std::uint32_t>(samples));

  RunWriter values{*message.mutable_values()};
  const auto put = [&values](Predictor& predictor, std::uint64_t value) {
    values.put(static_cast<std::int64_t>(value - predictor.expected()));
    predictor.saw(value);
  };
  for (std::size_t column = 0; column < time_columns; ++column) {
    Predictor predictor;
    for (const Instant& time : batch.times)
      put(predictor, static_cast<std::uint64_t>(time_cells(time)[column]));
  }
  std::string& present = *message.mutable_present();
  std::size_t cells = 0;
  bool all_present = true;
  for (std::size_t column = 0; column < batch.width; ++column) {
    Predictor predictor;
    for (std::size_t row = first_row(plan.paces[column], samples); row < samples; ++row, ++cells) {
      const Cell cell = batch.row(row)[column];
      // A missing cell is coded as what was expected, which costs nothing.
      const bool missing = cell == no_value;
      put(predictor, missing ? predictor.expected() : static_cast<std::uint64_t>(cell));
      if (cells % 8 == 0) present.push_back(0);
      if (missing)
        all_present = false;
      else
        present.back() = static_cast<char>(present.back() | 1 << cells % 8);
    }
  }
  values.finish();
  if (all_present) present.clear();
  append_header(out, FrameType::batch, message.ByteSizeLong());
  message.AppendToString(&out);
}

Result<BatchCodec::Head> BatchCodec::parse(std::string_view payload) {
  v1::Batch& message = *message_;
  if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
    return fail(Errc::malformed, "malformed batch");
  if (message.seq() == 0) return fail(Errc::malformed, "batch number 0");
  if (message.samples() == 0 || message.samples() > max_samples)
    return fail(Errc::malformed, "batch of " + std::to_string(message.samples()) +
                                     " samples, not 1 to " + std::to_string(max_samples));
  return Head{message.seq(), message.inventory_hash(), message.samples()};
}

Result<void> BatchCodec::decode(const ColumnPlan& plan, Batch& batch) {
  const v1::Batch& message = *message_;
  const std::size_t samples = message.samples();
  batch.seq = message.seq();
  batch.inventory_hash = message.inventory_hash();
  batch.width = plan.paces.size();
  if (samples * batch.width > max_cells)
    return fail(Errc::malformed, "batch of " + std::to_string(samples * batch.width) +
                                     " cells, the limit is " + std::to_string(max_cells));
  batch.times.assign(samples, Instant{});
  batch.cells.assign(samples * batch.width, no_value);

  RunReader values{message.values()};
  const auto get = [&values](Predictor& predictor) -> std::optional<std::int64_t> {
    std::int64_t surprise = 0;
    if (!values.get(surprise)) return std::nullopt;
    const std::uint64_t value = predictor.expected() + static_cast<std::uint64_t>(surprise);
    predictor.saw(value);
    return static_cast<std::int64_t>(value);
  };
  for (std::size_t column = 0; column < time_columns; ++column) {
    Predictor predictor;
    for (std::size_t row = 0; row < samples; ++row) {
      const auto value = get(predictor);
      if (!value || *value > time_bounds[column] || *value < -time_bounds[column])
        return fail(Errc::malformed, "batch with malformed times");
      Instant& time = batch.times[row];
      if (column == 0) time.boottime = milliseconds{*value};
      if (column == 1)
        time.wall = WallTime{milliseconds{*value} + duration_cast<milliseconds>(time.boottime)};
      if (column == 2) time.asleep = milliseconds{*value};
    }
  }
  for (std::size_t row = 0; row < samples; ++row) {
    const Instant& time = batch.times[row];
    if (time.boottime < Elapsed::zero() || time.asleep < Elapsed::zero() ||
        time.wall.time_since_epoch().count() < 0 ||
        (row > 0 && time.boottime < batch.times[row - 1].boottime))
      return fail(Errc::malformed, "batch whose times go back");
  }
  const std::string_view present = message.present();
  std::size_t cells = 0;
  for (std::size_t column = 0; column < batch.width; ++column) {
    Predictor predictor;
    for (std::size_t row = first_row(plan.paces[column], samples); row < samples; ++row, ++cells) {
      const auto value = get(predictor);
      if (!value) return fail(Errc::malformed, "batch with too few values");
      if (!present.empty() && cells / 8 >= present.size())
        return fail(Errc::malformed, "batch with a short presence map");
      if (present.empty() || bit(present, cells)) batch.row(row)[column] = *value;
    }
  }
  if (!values.done() || (!present.empty() && present.size() != (cells + 7) / 8))
    return fail(Errc::malformed, "batch with values left over");
  return success();
}

}  // namespace sobriety::wire
