// Invented machines, built file by file in the shape of captured ones: for what git cannot hold
// (modes, failing reads) and for counters that move.
#pragma once

#include "tests/support/temp_tree.hpp"

#include <cstdint>
#include <string>

namespace sobriety::test {

// A RAPL zone below /sys/class/powercap, in a plain directory as the archives of other projects
// have it.
struct ZoneFiles {
  std::string directory;
  std::string name;
  std::string energy;
  std::string range = "262143328850";
  unsigned mode = 0644;  // 0400 is what every kernel since 5.10 gives energy_uj
};

inline TempTree& add_zone(TempTree& tree, const ZoneFiles& zone) {
  const std::string path = "sys/class/powercap/" + zone.directory + "/";
  tree.file(path + "name", zone.name + "\n").file(path + "energy_uj", zone.energy, zone.mode);
  if (!zone.range.empty()) tree.file(path + "max_energy_range_uj", zone.range + "\n");
  return tree;
}

inline void set_energy(TempTree& tree, const std::string& zone, std::uint64_t microjoules) {
  tree.file("sys/class/powercap/" + zone + "/energy_uj", std::to_string(microjoules) + "\n");
}

inline TempTree& add_cpu(TempTree& tree, const std::string& model, const std::string& vendor,
                         const std::string& chassis) {
  return tree
      .file("proc/stat",
            "cpu  12 0 277 459 3 0 2 0 0 0\ncpu0 12 0 277 459 3 0 2 0 0 0\nbtime 1700000000\n")
      .file("proc/uptime", "3600.25 100.00\n")
      .file("proc/cpuinfo", "processor\t: 0\nmodel name\t: " + model + "\nflags\t\t: fpu vme msr\n")
      .file("sys/class/dmi/id/sys_vendor", vendor + "\n")
      .file("sys/class/dmi/id/chassis_type", chassis + "\n");
}

// A 2-socket server whose package-0 and package-1/dram are about to wrap; dram has a range of its
// own.
inline TempTree xeon_2s_near_wrap() {
  TempTree tree;
  add_cpu(tree, "Intel(R) Xeon(R) Gold 6130", "Dell Inc.", "23");
  add_zone(tree, {"intel-rapl:0", "package-0", "262100000000\n"});
  add_zone(tree, {"intel-rapl:0:0", "dram", "1000000\n", "65712999613"});
  add_zone(tree, {"intel-rapl:1", "package-1", "118821284256\n"});
  add_zone(tree, {"intel-rapl:1:0", "dram", "65700000000\n", "65712999613"});
  return tree;
}

enum class LaptopEnergy { empty, root_only };

// A laptop on battery with package, core, uncore, psys and the MMIO repetition of the package:
// every energy_uj is empty (as an archive of an unprivileged copy has it) or for root only.
inline TempTree laptop(LaptopEnergy energy) {
  TempTree tree;
  add_cpu(tree, "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", "LENOVO", "10");
  const std::string content = energy == LaptopEnergy::empty ? "" : "26717000000\n";
  const unsigned mode = energy == LaptopEnergy::empty ? 0644 : 0400;
  add_zone(tree, {"intel-rapl:0", "package-0", content, "262143328850", mode});
  add_zone(tree, {"intel-rapl:0:0", "core", content, "262143328850", mode});
  add_zone(tree, {"intel-rapl:0:1", "uncore", content, "262143328850", mode});
  add_zone(tree, {"intel-rapl:1", "psys", content, "262143328850", mode});
  add_zone(tree, {"intel-rapl-mmio:0", "package-0", content, "262143328850", mode});
  tree.file("sys/class/power_supply/BAT0/type", "Battery\n")
      .file("sys/class/power_supply/BAT0/status", "Discharging\n")
      .file("sys/class/power_supply/BAT0/power_now", "26439000\n");
  return tree;
}

// An AMD desktop: package and core by the same driver, the short range of its 2^-16 J unit,
// k10temp.
inline TempTree ryzen() {
  TempTree tree;
  add_cpu(tree, "AMD Ryzen 7 5800X 8-Core Processor", "ASUS", "3");
  add_zone(tree, {"intel-rapl:0", "package-0", "65000000000\n", "65532610987"});
  add_zone(tree, {"intel-rapl:0:0", "core", "1200000000\n", "65532610987"});
  tree.file("sys/class/hwmon/hwmon0/name", "k10temp\n")
      .file("sys/class/hwmon/hwmon0/temp1_input", "45125\n")
      .file("sys/class/hwmon/hwmon0/temp1_label", "Tctl\n");
  return tree;
}

}  // namespace sobriety::test
