// What holds for all sources together.
#include "agent/source/registry.hpp"

#include "tests/support/fixture.hpp"
#include "tests/support/tree_builder.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;

// Discovers and reads every source of a machine twice.
std::vector<Discovery> use_all(const Roots& roots, const SourceOptions& options) {
  std::vector<Discovery> all;
  for (const SourceKind& kind : source_kinds()) {
    Discovery& found = all.emplace_back(discover(kind, roots, options));
    if (!found.source) continue;
    std::vector<Cell> cells(found.source->series().size(), no_value);
    for (const Elapsed time : {10s, 15s}) found.source->read({time, {}, {}}, cells);
  }
  return all;
}

TEST(Registry, rule_12_no_source_holds_a_raw_msr) {
  const auto all = use_all({}, {});
  for (const auto& file : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(file.path(), gone);
    EXPECT_THAT(target.native(), testing::Not(HasSubstr("msr")));
  }
}

TEST(Registry, rule_13_rapl_is_never_a_meter_of_the_machine) {
  SourceOptions options;
  options.rapl_in_guest = true;
  for (const char* machine :
       {"qemu-real-kernel/skylake-2s-t0", "kepler/testdata-variants", "procfs/composite-host",
        "node_exporter/composite-host", "intel-powertelemetry/intel-rapl"}) {
    const auto all = use_all(fixture(machine), options);
    std::size_t zones = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (source_kinds()[i].name != "rapl") continue;
      for (const Series& series : all[i].source->series()) {
        ++zones;
        EXPECT_NE(series.scope, EnergyScope::machine) << machine << " " << series.instance;
      }
    }
    EXPECT_GT(zones, 0U) << machine;
  }
}

// Tells whether a file has been opened since.
class OpenWatch {
 public:
  explicit OpenWatch(const std::filesystem::path& file) : watch_(::inotify_init1(IN_NONBLOCK)) {
    EXPECT_GE(::inotify_add_watch(watch_, file.c_str(), IN_OPEN), 0);
  }
  ~OpenWatch() { ::close(watch_); }
  OpenWatch(const OpenWatch&) = delete;
  OpenWatch& operator=(const OpenWatch&) = delete;

  bool opened() {
    std::array<char, 4096> events;
    return ::read(watch_, events.data(), events.size()) > 0;
  }

 private:
  int watch_;
};

TEST(Registry, rule_19_the_frequency_of_a_processor_is_not_read) {
  TempTree tree = ryzen();
  const std::string frequency = "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq";
  tree.file(frequency, "3600000\n");
  OpenWatch watch{tree.root() / frequency};
  use_all(tree.roots(), {});
  EXPECT_FALSE(watch.opened());
  tree.file(frequency, "3600000\n");
  EXPECT_TRUE(watch.opened()) << "the watch sees what is opened";
}

TEST(Registry, no_two_sources_send_the_same_component) {
  SourceOptions options;
  options.rapl_in_guest = true;
  std::set<std::string> components;
  for (const Discovery& found : use_all(fixture("qemu-real-kernel/skylake-2s-t0"), options))
    if (found.source) {
      for (const Series& series : found.source->series()) {
        if (series.signal != SignalId::component_energy) continue;
        EXPECT_TRUE(components.insert(series.instance).second) << series.instance;
      }
    }
}

}  // namespace
}  // namespace sobriety::agent
