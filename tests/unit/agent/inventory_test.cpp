#include "agent/inventory.hpp"

#include "agent/virtualization.hpp"
#include "tests/support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using test::TempTree;

TEST(os_name, is_the_pretty_name_without_quotes) {
  EXPECT_EQ(os_name("NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
            "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(os_name("PRETTY_NAME=Alpine\n"), "Alpine");
  EXPECT_EQ(os_name("PRETTY_NAME='it'\n"), "it");
  EXPECT_EQ(os_name("PRETTY_NAME=\"\n"), "\"");
  EXPECT_EQ(os_name("NAME=x\n"), "");
}

TEST(cpu_model, is_the_first_of_the_lines_that_name_one) {
  EXPECT_EQ(cpu_model("processor\t: 0\nmodel name\t: Intel Xeon\n"), "Intel Xeon");
  EXPECT_EQ(cpu_model("processor\t: 0\ncpu\t\t: POWER9, altivec supported\n"),
            "POWER9, altivec supported");
  EXPECT_EQ(cpu_model("processor\t: 0\n"), "");
}

TEST(count_cpus, adds_ranges_and_single_processors) {
  EXPECT_EQ(count_cpus("0-47\n"), 48U);
  EXPECT_EQ(count_cpus("0"), 1U);
  EXPECT_EQ(count_cpus("0-3,8,10-11"), 7U);
  for (const char* bad : {"", "a", "3-1", "0-", "-3", "0,,1", "0-4294967295", "0-65535,0-65535"})
    EXPECT_EQ(count_cpus(bad), std::nullopt) << bad;
}

TEST(memory_size, is_in_bytes) {
  EXPECT_EQ(memory_size("MemTotal:       24682496 kB\nMemFree: 1 kB\n"), 24682496ULL * 1024);
  for (const char* bad : {"", "MemTotal: x kB", "MemTotal: -1 kB", "MemTotal: 5 MB",
                          "MemTotal: 18446744073709551615 kB"})
    EXPECT_EQ(memory_size(bad), std::nullopt) << bad;
}

TEST(chassis_name, maps_smbios_types) {
  EXPECT_EQ(chassis_name("3\n"), "desktop");
  EXPECT_EQ(chassis_name("10"), "laptop");
  EXPECT_EQ(chassis_name("23"), "server");
  EXPECT_EQ(chassis_name("1"), "");  // "other"
  EXPECT_EQ(chassis_name("junk"), "");
  EXPECT_EQ(chassis_name(""), "");
}

struct GuestCase {
  const char* name;
  GuestEvidence evidence;
  const char* expected;
};

class Virtualization : public testing::TestWithParam<GuestCase> {};

TEST_P(Virtualization, is_told) {
  EXPECT_EQ(virtualization(GetParam().evidence), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    , Virtualization,
    testing::Values(
        GuestCase{
            "bare_metal_has_no_flag", {"Dell Inc.", "PowerEdge R6515", "Dell Inc.", false}, "none"},
        GuestCase{
            "a_tree_without_flags_goes_by_its_firmware", {"HP", "EliteBook", "HP", {}}, "none"},
        GuestCase{"kvm_is_more_exact_than_qemu", {"QEMU", "KVM", "SeaBIOS", true}, "kvm"},
        GuestCase{"qemu", {"QEMU", "Standard PC (Q35 + ICH9, 2009)", "SeaBIOS", {}}, "qemu"},
        GuestCase{"hyper_v_but_not_a_surface",
                  {"Microsoft Corporation", "Virtual Machine", "", true},
                  "microsoft"},
        GuestCase{
            "a_surface_is_bare_metal", {"Microsoft Corporation", "Surface Pro", "", false}, "none"},
        GuestCase{"rented_metal_is_bare", {"Amazon EC2", "m5.metal", "Amazon EC2", false}, "none"},
        GuestCase{"an_amazon_guest", {"Amazon EC2", "m5.large", "Amazon EC2", true}, "amazon"},
        GuestCase{"a_hypervisor_without_firmware_tables", {"", "", "", true}, "vm"},
        GuestCase{"nothing_known", {"", "", "", {}}, ""}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(read_inventory, takes_a_captured_machine_from_its_tree_alone) {
  TempTree tree;
  tree.file("proc/stat", "cpu  1 2 3 4\nbtime 1000\n")
      .file("proc/cpuinfo", "processor\t: 0\nmodel name\t: Intel(R) Xeon(R)\n\nprocessor\t: 1\n")
      .file("proc/meminfo", "MemTotal: 1024 kB\n")
      .file("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")
      .file("proc/sys/kernel/random/boot_id", "01234567-89ab-cdef-0123-456789abcdef\n")
      .file("sys/class/dmi/id/sys_vendor", "Dell Inc.\n")
      .file("sys/class/dmi/id/chassis_type", "23\n")
      .file("sys/class/dmi/id/product_name", "PowerEdge \xff R6515\n")
      .file("sys/class/dmi/id/product_serial", "SECRET\n");
  const Inventory inventory = read_inventory(tree.roots());
  EXPECT_EQ(inventory.boot.hex(), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(inventory.boot_time, WallTime{std::chrono::seconds{1000}});
  EXPECT_EQ(inventory.facts, (HostFacts{"", "6.1.0-18-amd64", "Intel(R) Xeon(R)", 2, 1024 * 1024,
                                        "server", "none", "PowerEdge ? R6515"}));
  EXPECT_EQ(inventory.agent_version, SOBRIETY_VERSION);
}

TEST(read_inventory, leaves_out_what_an_empty_tree_does_not_tell) {
  TempTree tree;
  EXPECT_EQ(read_inventory(tree.roots()).facts, HostFacts{});
}

TEST(read_inventory, counts_the_processors_that_are_online) {
  TempTree tree;
  tree.file("sys/devices/system/cpu/online", "0-3,6\n").file("proc/cpuinfo", "processor : 0\n");
  EXPECT_EQ(read_inventory(tree.roots()).facts.cpus, 5U);
}

TEST(read_inventory, reads_the_machine_that_runs_this_test) {
  const Inventory inventory = read_inventory(Roots{});
  EXPECT_GT(inventory.facts.cpus, 0U);
  EXPECT_GT(inventory.facts.memory, 0U);
  EXPECT_FALSE(inventory.facts.os.empty());
  EXPECT_FALSE(inventory.facts.kernel.empty());
  EXPECT_NE(inventory.boot, BootId{});
  EXPECT_GT(inventory.boot_time, WallTime{});
}

}  // namespace
}  // namespace sobriety::agent
