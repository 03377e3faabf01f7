// In the steady state of sampling nothing is allocated and no file is opened: this program counts.
#include "agent/source/gpu_nvml.hpp"
#include "agent/source/ipmi_dcmi.hpp"
#include "agent/source/rapl.hpp"
#include "agent/source/registry.hpp"
#include "agent/source/sensors.hpp"
#include "agent/source/sessions.hpp"
#include "tests/support/fake_perf.hpp"
#include "tests/support/fixture.hpp"
#include "tests/support/tree_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

namespace {
std::atomic<std::size_t> allocations{0};

void* counted(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;

std::size_t open_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"})
    ++count;
  return count;
}

// A machine that has something for every source.
TempTree full_machine() {
  TempTree tree = xeon_2s_near_wrap();
  tree.directory("sys/class/net/eth0/device")
      .file("sys/class/net/eth0/statistics/rx_bytes", "10\n")
      .file("sys/class/net/eth0/statistics/tx_bytes", "20\n")
      .file("sys/class/power_supply/BAT0/type", "Battery\n")
      .file("sys/class/power_supply/BAT0/status", "Discharging\n")
      .file("sys/class/power_supply/BAT0/power_now", "12345000\n")
      .file("sys/class/power_supply/AC/type", "Mains\n")
      .file("sys/class/power_supply/AC/online", "0\n")
      .directory("sys/block/sda/device")
      .file("sys/block/sda/stat", "1 2 3 4 5 6 7 8 9 10 11\n")
      .file("sys/class/hwmon/hwmon0/name", "power_meter\n")
      .file("sys/class/hwmon/hwmon0/power1_average", "75000000\n")
      .file("sys/class/hwmon/hwmon0/energy2_input", "75000000\n")
      .file("sys/class/hwmon/hwmon0/temp1_input", "45000\n");
  return tree;
}

class StandingClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return {10s, {}, {}}; }
};

// Sources that have something else than files behind them.
Discovery discover_other(std::string_view kind) {
  if (kind == "gpu_nvml") return discover_gpu_nvml(SOBRIETY_FAKE_NVML);
  const auto clock = std::make_shared<StandingClock>();
  if (kind == "ipmi_dcmi")
    return discover_ipmi_dcmi([](std::chrono::milliseconds) -> Result<Watts> { return Watts{180}; },
                              1h, clock);
  return discover_sessions(
      [] { return AskLogin{[]() -> Result<LoginState> { return LoginState{}; }}; }, 1h, clock);
}

void expect_steady(Discovery found, std::string_view kind, Elapsed step) {
  ASSERT_EQ(found.status, SourceStatus::found) << kind << ": " << found.summary;
  std::vector<Cell> cells(found.source->series().size(), no_value);
  found.source->read({10s, {}, {}}, cells);
  // A reading aside has its first answer soon.
  for (int tries = 0; tries < 500 && cells[0] == no_value; ++tries) {
    std::this_thread::sleep_for(10ms);
    found.source->read({10s, {}, {}}, cells);
  }
  const std::size_t files = open_files();
  const std::size_t before = allocations.load();
  std::uint32_t failures = 0;
  for (int i = 1; i <= 100; ++i)
    failures += found.source->read({10s + i * step, {}, {}}, cells).failures;
  EXPECT_EQ(allocations.load() - before, 0U) << kind;
  EXPECT_EQ(open_files(), files) << kind;
  EXPECT_EQ(failures, 0U) << kind;
  EXPECT_THAT(cells, testing::Not(testing::Contains(no_value))) << kind;
}

TEST(SteadyState, allocates_nothing_and_opens_nothing_in_100_readings) {
  const TempTree tree = full_machine();
  SourceOptions options;
  options.simulated_watts = 100;
  for (const SourceKind& kind : source_kinds()) {
    Discovery found = discover(kind, tree.roots(), options);
    const bool other = found.status == SourceStatus::absent;
    // Those answer from a standing clock: their readings must not grow old.
    expect_steady(other ? discover_other(kind.name) : std::move(found), kind.name,
                  other ? 100ms : 5s);
  }
}

TEST(SteadyState, perf_is_read_without_allocating) {
  TempTree tree;
  add_power_pmu(tree, "0");
  add_power_event(tree, "energy-pkg", "event=0x02");
  add_topology(tree, 0, 0, 0);
  FakePerf perf;
  expect_steady(discover_rapl(tree.roots(), {}, &perf), "perf", 5s);
}

TEST(SteadyState, the_counter_of_allocations_counts) {
  const std::size_t before = allocations.load();
  std::vector<int> some(1000);
  some[7] = 1;
  EXPECT_GT(allocations.load(), before);
}

}  // namespace
}  // namespace sobriety::agent
