// What the agent's spool costs: a sample, a batch, a sync, and the start behind a full spool.
//
//   cmake --build --preset release --target spool_bench && build/release/bench/spool_bench
//
// The directory is made below $TMPDIR or /tmp: set it to the disk that is meant.
#include "agent/spool/spool.hpp"
#include "tests/support/machine.hpp"
#include "tests/support/temp_tree.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <string>

namespace {

using namespace sobriety;
using namespace sobriety::agent;

// 34 columns, as of a server with one package, psys, a BMC and a few temperatures.
std::vector<Series> columns() {
  std::vector<Series> series;
  for (const char* mode : {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"})
    series.push_back(test::cpu(mode));
  for (const char* part : {"package-0", "package-0/core", "package-0/dram", "psys"})
    series.push_back(test::meter(part, EnergyScope::cpu));
  for (const char* sensor : {"a", "b", "c", "d", "e", "f"})
    series.push_back({SignalId::temperature, sensor, EnergyScope::none, ""});
  for (int i = 0; i < 16; ++i)
    series.push_back({SignalId::source_reads, std::to_string(i), EnergyScope::none, ""});
  return series;
}

// Samples of a machine at work, five seconds apart.
class Load {
 public:
  explicit Load(Spool& spool) : spool_(spool) {}

  void batch() {
    for (int row = 0; row < 5; ++row) spool_.add_sample(encode(1), inventory_);
    spool_.push(encode(6), 6, inventory_);
  }

 private:
  std::string encode(std::size_t rows) {
    std::vector<test::Sample> samples;
    for (std::size_t i = 0; i < rows; ++i) {
      std::vector<Cell> cells;
      for (std::size_t column = 0; column < plan_.paces.size(); ++column)
        cells.push_back(counters_[column] += static_cast<Cell>(random_() % 100'000'000));
      samples.emplace_back(now_ += std::chrono::seconds{5}, std::move(cells));
    }
    std::string frame;
    codec_.append(frame, test::batch_of(spool_.next_seq(), samples, inventory_->hash), plan_);
    return frame;
  }

  Spool& spool_;
  const Inventory described_ = test::inventory_of(columns());
  const wire::ColumnPlan plan_ = wire::ColumnPlan::of(described_);
  const SharedInventory inventory_ =
      std::make_shared<const wire::EncodedInventory>(wire::encode(described_));
  wire::BatchCodec codec_;
  std::vector<Cell> counters_ = std::vector<Cell>(plan_.paces.size());
  std::chrono::milliseconds now_ = std::chrono::hours{1};
  std::minstd_rand random_;
};

const SystemClock the_clock;

std::unique_ptr<Spool> open(const test::TempTree& tree) {
  auto directory = spool::open_directory(tree.root() / "spool");
  return Spool::open(std::move(directory).value(), {}, the_clock).value();
}

// A batch and its samples, written and not synced.
void write_batch(benchmark::State& state) {
  const test::TempTree tree;
  const auto spool = open(tree);
  Load load{*spool};
  for (auto _ : state) {
    load.batch();
    state.PauseTiming();
    if (spool->bytes() > 1U << 20U) spool->sync_now();
    spool->acknowledge(spool->next_seq() - 1);
    state.ResumeTiming();
  }
}
BENCHMARK(write_batch);

// As it goes in real life: a sync behind each batch.
void write_and_sync_batch(benchmark::State& state) {
  const test::TempTree tree;
  const auto spool = open(tree);
  Load load{*spool};
  for (auto _ : state) {
    load.batch();
    spool->sync_now();
    spool->acknowledge(spool->next_seq() - 1);
  }
}
BENCHMARK(write_and_sync_batch)->UseRealTime();

// From a full spool to the first batch that can be sent. The pages are in the kernel's cache.
void start_behind_a_full_spool(benchmark::State& state) {
  const test::TempTree tree;
  {
    const auto spool = open(tree);
    Load load{*spool};
    while (spool->dropped_samples() == 0) {
      load.batch();
      if (spool->next_seq() % 1000 == 0) spool->sync_now();
    }
    spool->sync_now();
  }
  std::uint64_t batches = 0;
  for (auto _ : state) {
    const auto spool = open(tree);
    benchmark::DoNotOptimize(spool->from(1));
    batches = spool->waiting().batches;
  }
  state.counters["batches"] = static_cast<double>(batches);
}
BENCHMARK(start_behind_a_full_spool)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
