#include "agent/source/sensor_reader.hpp"
#include "tests/support/fixture.hpp"
#include "tests/support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using enum SensorKind;

std::unique_ptr<SensorReader> open_tree(const std::filesystem::path& sys) {
  return std::move(open_hwmon_tree(sys)).value();
}

// "chip/label=value" of each feature of a kind.
std::vector<std::string> readings(SensorReader& reader, SensorKind kind) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < reader.features().size(); ++i) {
    const SensorFeature& feature = reader.features()[i];
    if (feature.kind != kind) continue;
    const auto value = reader.read(i);
    texts.push_back(feature.chip + "/" + feature.label + "=" +
                    (value ? testing::PrintToString(value.value()) : value.error().message));
  }
  return texts;
}

TEST(parse_hwmon_file, knows_readings_and_leaves_out_the_rest) {
  EXPECT_TRUE(parse_hwmon_file("power1_average")->average);
  EXPECT_FALSE(parse_hwmon_file("power1_input")->average);
  EXPECT_EQ(parse_hwmon_file("temp10_input")->number, 10U);
  EXPECT_EQ(parse_hwmon_file("energy2_input")->kind, energy);
  for (const char* other :
       {"power1_average_interval", "power1_cap", "temp1_average", "energy1_average", "temp_input",
        "temp-1_input", "temp99999999999_input", "in1_input", "power", "power_", "name", "",
        "temp1"})
    EXPECT_FALSE(parse_hwmon_file(other)) << other;
}

TEST(parse_hwmon_value, has_the_unit_of_its_kind) {
  EXPECT_DOUBLE_EQ(parse_hwmon_value(power, "75000000\n").value(), 75);
  EXPECT_DOUBLE_EQ(parse_hwmon_value(energy, "500000\n").value(), 0.5);
  EXPECT_DOUBLE_EQ(parse_hwmon_value(temperature, "-8300\n").value(), -8.3);
  for (const char* bad : {"", "nan", "inf", "1e6", "75.0", "0x10", "9223372036854775808", "1 2"})
    EXPECT_FALSE(parse_hwmon_value(power, bad)) << bad;
}

TEST(HwmonTree, names_chips_as_libsensors_does) {
  const auto reader = open_tree(fixture("linuxhw/hp-dl360-gen9-2s").sys);
  EXPECT_THAT(readings(*reader, power), ElementsAre("power_meter-acpi-0/power1=75"));
  EXPECT_THAT(readings(*reader, temperature),
              testing::AllOf(Contains("coretemp-isa-0000/Package id 0=38"),
                             Contains("coretemp-isa-0001/Package id 1=37"),
                             Contains("tg3-pci-0200/temp1=58")));
  EXPECT_THAT(reader->notes(), IsEmpty());
}

TEST(HwmonTree, finds_the_bus_behind_the_class_device) {
  const auto reader = open_tree(fixture("linuxhw/asus-crosshair8-zenpower-amdgpu").sys);
  EXPECT_THAT(readings(*reader, power), UnorderedElementsAre("amdgpu-pci-0c00/power1=30",
                                                             "zenpower-pci-00c3/SVI2_P_Core=136.51",
                                                             "zenpower-pci-00c3/SVI2_P_SoC=12.15"));
  EXPECT_THAT(readings(*reader, temperature), Contains("nvme-pci-0100/Composite=44.9"));
}

TEST(HwmonTree, reads_a_real_kernel) {
  const auto reader = open_tree(fixture("qemu-real-kernel/skylake-2s-t0").sys);
  EXPECT_THAT(readings(*reader, power),
              testing::AllOf(Contains("power_meter-acpi-0/power1=142.5"),
                             Contains("ltc4215-i2c-0-44/power1=18.6322"),
                             Contains(HasSubstr("ltc4245-i2c-0-20/power4"))));
  EXPECT_THAT(readings(*reader, temperature),
              testing::AllOf(Contains(HasSubstr("lm75-i2c-0-48/temp1")),
                             Contains(HasSubstr("acpitz-acpi-0/temp1"))));
}

TEST(HwmonTree, prefers_the_average_and_leaves_out_what_is_off_or_nameless) {
  const auto reader = open_tree(fixture("kepler/testdata-variants").sys);
  const auto powers = readings(*reader, power);
  EXPECT_THAT(powers, Contains("amdgpu-virtual-0/GPU=118"));
  EXPECT_THAT(powers, testing::Not(Contains(HasSubstr("PSU_Rail_C"))));
  EXPECT_THAT(
      reader->notes(),
      UnorderedElementsAre("hwmon_device_path left out: the chip has no name",
                           "hwmon_dir_fallback left out: the chip has no name",
                           "energy_with_enable-virtual-0/energy3 left out: it is switched off",
                           "test_power_chip-virtual-0/power3 left out: it is switched off"));
}

TEST(HwmonTree, takes_the_name_from_the_device_where_hwmon_has_none) {
  const auto reader = open_tree(fixture("node_exporter/composite-host").sys);
  EXPECT_THAT(reader->notes(), ElementsAre("hwmon4 left out: the chip has no name"));
  EXPECT_THAT(readings(*reader, temperature),
              testing::AllOf(Contains("mt7996_phy0_0-isa-0000/temp1=55"),
                             Contains("coretemp-isa-0001/Physical id 0=55")));
}

TEST(HwmonTree, a_file_that_fails_says_so) {
  TempTree tree;
  tree.file("sys/class/hwmon/hwmon0/name", "acpi\xff\n")
      .file("sys/class/hwmon/hwmon0/temp1_input", "junk\n")
      .unreadable("sys/class/hwmon/hwmon0/temp2_input")
      .directory("sys/class/hwmon/hwmon0/temp3_input")
      .link("sys/class/hwmon/hwmon1", "hwmon1");  // a loop
  const auto reader = open_tree(tree.roots().sys);
  EXPECT_THAT(readings(*reader, temperature),
              ElementsAre("acpi?-virtual-0/temp1=not a number: \"junk\"",
                          HasSubstr("Input/output error"), HasSubstr("Is a directory")));
}

}  // namespace
}  // namespace sobriety::agent
