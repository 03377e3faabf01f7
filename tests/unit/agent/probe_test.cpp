#include "agent/probe.hpp"

#include "tests/support/fixture.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/other_user.hpp"
#include "tests/support/tree_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;

struct Machine {
  const char* name;
  const char* tree;
  bool rapl_in_guest = false;
};

class ProbeOfCapturedMachine : public testing::TestWithParam<Machine> {};

// Set UPDATE_GOLDEN=1 to rewrite tests/golden/probe after a change that is meant.
TEST_P(ProbeOfCapturedMachine, is_as_recorded) {
  const Machine& machine = GetParam();
  SourceOptions options;
  options.rapl_in_guest = machine.rapl_in_guest;
  const auto sources = probe_sources(fixture(machine.tree), options);
  const std::string root = fixture_root(machine.tree).native();
  for (const auto& [suffix, text] :
       {std::pair{".txt", probe_text(sources)}, std::pair{".json", probe_json(sources)}}) {
    const std::string shown = replaced(text, root, "");
    EXPECT_EQ(shown, golden(std::string{"probe/"} + machine.name + suffix, shown));
  }
}

INSTANTIATE_TEST_SUITE_P(
    , ProbeOfCapturedMachine,
    testing::Values(Machine{"skylake_2s_guest", "qemu-real-kernel/skylake-2s-t0"},
                    Machine{"skylake_2s", "qemu-real-kernel/skylake-2s-t0", true},
                    Machine{"hp_dl360_gen9", "linuxhw/hp-dl360-gen9-2s"},
                    Machine{"hp_dl360_g7_zero_watt_meter", "linuxhw/hp-dl360-g7-zero-watt-meter"},
                    Machine{"asus_crosshair8", "linuxhw/asus-crosshair8-zenpower-amdgpu"},
                    Machine{"opteron_4s", "hwloc/opteron-4s-rackserver"},
                    Machine{"i7_1370p_notebook", "hwloc/i7-1370p-hybrid-notebook"},
                    Machine{"node_exporter_composite", "node_exporter/composite-host"},
                    Machine{"procfs_composite", "procfs/composite-host"},
                    Machine{"kepler_variants", "kepler/testdata-variants"},
                    Machine{"scaphandre_kvm_host", "scaphandre/xeon-bisocket-kvm-host"},
                    Machine{"powertelemetry_malformed", "intel-powertelemetry/intel-rapl"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(probe_text, says_denied_with_the_fix) {
  TempTree tree = laptop(LaptopEnergy::root_only);
  EXPECT_TRUE(holds_without_rights([&] {
    const std::string text = probe_text(probe_sources(tree.roots(), {}));
    return text.find("rapl           denied  none of 5 RAPL zones can be read") !=
               std::string::npos &&
           text.find("fix     energy_uj is for root only") != std::string::npos;
  }));
}

TEST(probe_text, says_that_a_source_is_switched_off_and_that_a_machine_without_meter_is_ordinary) {
  TempTree tree = ryzen();
  SourceOptions options;
  options.disabled = {"rapl", "cpu"};
  const std::string text = probe_text(probe_sources(tree.roots(), options));
  EXPECT_THAT(text, HasSubstr("cpu            absent  switched off by `sources.disabled`"));
  EXPECT_THAT(text, HasSubstr("no energy meter that can be read here. That is ordinary"));
}

TEST(probe_text, shows_no_control_characters_of_a_hostile_tree) {
  TempTree tree;
  tree.file("sys/class/powercap/intel-rapl:0\x1b[2J/name", "x");
  EXPECT_THAT(probe_text(probe_sources(tree.roots(), {})), testing::Not(HasSubstr("\x1b")));
}

const std::vector<Series> row{
    {SignalId::cpu_time, "user", {}, {}},
    {SignalId::component_energy, "package-0/core", EnergyScope::cpu, "package-0"},
    {SignalId::network_bytes, "receive", {}, {}},
    {SignalId::temperature, "acpitz-virtual-0/temp1", {}, {}},
    {SignalId::agent_cpu, "", {}, {}}};
const std::vector<Cell> cells{16212, 1'234'567'890, 89'975'096, -8300, no_value};
const Instant now{4590ms, 1500ms, WallTime{1'700'000'004'590ms}};

TEST(sample_text, shows_each_value_in_the_base_unit_of_its_metric) {
  EXPECT_EQ(
      sample_text(now, row, cells),
      "sobriety_host_uptime_seconds                                             4.59\n"
      "sobriety_host_cpu_seconds_total{mode=\"user\"}                             162.12\n"
      "sobriety_host_component_energy_joules_total{component=\"package-0/core\"}  1234.56789\n"
      "sobriety_host_network_bytes_total{direction=\"receive\"}                   89975096\n"
      "sobriety_host_temperature_celsius{sensor=\"acpitz-virtual-0/temp1\"}       -8.3\n"
      "sobriety_host_agent_cpu_seconds_total                                    -\n");
}

TEST(sample_json, has_numbers_and_null) {
  EXPECT_EQ(sample_json(now, row, cells),
            "{\n"
            "  \"timestamp_seconds\": 1700000004.59,\n"
            "  \"uptime_seconds\": 4.59,\n"
            "  \"asleep_seconds\": 1.5,\n"
            "  \"values\": [\n"
            "    {\"metric\": \"sobriety_host_cpu_seconds_total\", \"instance\": \"user\", "
            "\"value\": 162.12},\n"
            "    {\"metric\": \"sobriety_host_component_energy_joules_total\", \"instance\": "
            "\"package-0/core\", \"value\": 1234.56789},\n"
            "    {\"metric\": \"sobriety_host_network_bytes_total\", \"instance\": \"receive\", "
            "\"value\": 89975096},\n"
            "    {\"metric\": \"sobriety_host_temperature_celsius\", \"instance\": "
            "\"acpitz-virtual-0/temp1\", \"value\": -8.3},\n"
            "    {\"metric\": \"sobriety_host_agent_cpu_seconds_total\", \"instance\": \"\", "
            "\"value\": null}\n"
            "  ]\n"
            "}\n");
}

}  // namespace
}  // namespace sobriety::agent
