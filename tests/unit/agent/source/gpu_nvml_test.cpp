#include "agent/source/gpu_nvml.hpp"

#include "tests/support/reading.hpp"
#include "tests/support/temp_tree.hpp"

#include <dlfcn.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

// The library of tests/support/fake_nvml.cpp, loaded as the agent loads the real one.
class FakeNvml {
 public:
  FakeNvml() : handle_(::dlopen(SOBRIETY_FAKE_NVML, RTLD_NOW | RTLD_LOCAL)) {
    set(0, 5'000'000);
    set(1, 0);
  }
  ~FakeNvml() { ::dlclose(handle_); }
  FakeNvml(const FakeNvml&) = delete;
  FakeNvml& operator=(const FakeNvml&) = delete;

  void set(unsigned gpu, unsigned long long millijoules, unsigned busy = 7, int error = 0) {
    function<void(unsigned, unsigned long long, unsigned, int)>("fake_nvml_set")(gpu, millijoules,
                                                                                 busy, error);
  }
  int sessions() { return function<int()>("fake_nvml_sessions")(); }

 private:
  template <class Signature>
  Signature* function(const char* name) {
    return reinterpret_cast<Signature*>(::dlsym(handle_, name));
  }

  void* handle_;
};

const std::string first = "gpu-00000000:01:00.0";
const std::string second = "gpu-00000000:41:00.0";

TEST(GpuNvml, rule_18_reads_the_energy_counter_of_each_gpu) {
  FakeNvml nvml;
  Discovery found = discover_gpu_nvml(SOBRIETY_FAKE_NVML);
  ASSERT_EQ(found.status, SourceStatus::found) << found.summary;
  EXPECT_THAT(instances(*found.source), ElementsAre(first, second, first, second));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("GPU 2 left out: its energy: Not Supported")));
  EXPECT_EQ(found.source->series()[0].scope, EnergyScope::gpu);
  EXPECT_THAT(read_at(*found.source, 10s).cells, ElementsAre(0, 0, 7, 7));
  nvml.set(0, 5'500'000, 93);
  EXPECT_THAT(read_at(*found.source, 15s).cells, ElementsAre(500'000'000, 0, 93, 7));
}

TEST(GpuNvml, rule_18_a_spurious_jump_is_a_discontinuity_and_no_energy) {
  FakeNvml nvml;
  Discovery found = discover_gpu_nvml(SOBRIETY_FAKE_NVML);
  read_at(*found.source, 10s);
  nvml.set(0, 5'000'000 + 18'500'000'000'000);  // 3.7 TW over 5 s, seen after a change of state
  const Reading jumped = read_at(*found.source, 15s);
  EXPECT_EQ(jumped.cells[0], no_value);
  EXPECT_EQ(jumped.outcome.discontinuities, 1U);
  nvml.set(0, 5'100'000);
  EXPECT_EQ(read_at(*found.source, 20s).cells[0], no_value);
  nvml.set(0, 5'200'000);
  EXPECT_EQ(read_at(*found.source, 25s).cells[0], 100'000'000);
}

TEST(GpuNvml, rule_18_twice_the_gpus_own_power_limit_is_not_believed) {
  FakeNvml nvml;
  Discovery found = discover_gpu_nvml(SOBRIETY_FAKE_NVML);
  read_at(*found.source, 10s);
  nvml.set(0, 5'000'000 + 3'100'000);  // 620 W, of 300 W
  nvml.set(1, 3'100'000);              // tells no limit
  const Reading reading = read_at(*found.source, 15s);
  EXPECT_EQ(reading.cells[0], no_value);
  EXPECT_EQ(reading.cells[1], 3'100'000'000);
}

TEST(GpuNvml, rule_18_is_silent_without_the_library) {
  const Discovery found = discover_gpu_nvml("libnvidia-ml-of-nobody.so.1");
  EXPECT_EQ(found.status, SourceStatus::absent);
  EXPECT_EQ(found.source, nullptr);
}

TEST(GpuNvml, does_not_load_the_library_where_no_gpu_is_awake) {
  TempTree tree;
  EXPECT_THAT(discover_gpu_nvml(tree.roots(), {}).summary, HasSubstr("no GPU of NVIDIA"));
  const std::string gpu = "sys/bus/pci/devices/0000:01:00.0/";
  tree.file(gpu + "vendor", "0x10de\n")
      .file(gpu + "class", "0x030200\n")
      .file(gpu + "power/runtime_status", "suspended\n");
  EXPECT_THAT(discover_gpu_nvml(tree.roots(), {}).summary, HasSubstr("powered down"));
  tree.file(gpu + "power/runtime_status", "active\n");
  EXPECT_THAT(discover_gpu_nvml(tree.roots(), {}).summary, HasSubstr("no driver"));
}

TEST(GpuNvml, a_gpu_that_is_lost_fails_alone_and_its_total_goes_on_when_it_is_back) {
  FakeNvml nvml;
  Discovery found = discover_gpu_nvml(SOBRIETY_FAKE_NVML);
  read_at(*found.source, 10s);
  nvml.set(0, 5'100'000, 7, 15);
  for (const bool once : {true, false}) {
    const Reading lost = read_at(*found.source, 15s);
    EXPECT_EQ(lost.cells[0], no_value);
    EXPECT_EQ(lost.cells[1], 0);
    EXPECT_EQ(lost.outcome.failures, 2U);
    EXPECT_EQ(lost.outcome.rescan, once);
  }
  nvml.set(0, 5'200'000);
  Discovery again = discover_gpu_nvml(SOBRIETY_FAKE_NVML);
  again.source->take_over(*found.source);
  EXPECT_EQ(read_at(*again.source, 20s).cells[0], 200'000'000);
}

TEST(GpuNvml, ends_its_session_with_the_library) {
  FakeNvml nvml;
  {
    const Discovery found = discover_gpu_nvml(SOBRIETY_FAKE_NVML);
    EXPECT_EQ(nvml.sessions(), 1);
  }
  EXPECT_EQ(nvml.sessions(), 0);
}

}  // namespace
}  // namespace sobriety::agent
