// What a batch of samples is about: the machine, its boot, and the series (columns) of the batch.
// Sent once and then named by its hash.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/units.hpp"
#include "proto/model/signal.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sobriety {

// No user names, no serial numbers, no process names: nothing of this identifies a person.
struct HostFacts {
  std::string os;              // PRETTY_NAME of os-release
  std::string kernel;          // uname -r
  std::string cpu_model;       // "model name" of cpuinfo
  std::uint32_t cpus = 0;      // logical processors online
  std::uint64_t memory = 0;    // bytes
  std::string chassis;         // desktop, laptop, server, vm, … or "" where unknown
  std::string virtualization;  // kvm, vmware, …, "none", or "" where unknown
  std::string product;         // DMI product name

  bool operator==(const HostFacts&) const = default;
};

// Which machine part an energy series measures; a whole-machine meter needs no model.
enum class EnergyScope : std::uint8_t {
  none = 0,
  machine = 1,
  cpu = 2,
  memory = 3,
  gpu = 4,
  platform = 5,
  other = 6
};

struct Series {
  SignalId signal{};
  std::string instance;  // mode, component, source, …; "" where the signal has one value a host
  // Energy components only:
  EnergyScope scope = EnergyScope::none;
  std::string
      contained_in;  // instance of the component whose energy includes this one's; "" = none

  bool operator==(const Series&) const = default;
};

struct Inventory {
  std::string agent_version;
  BootId boot{};
  WallTime boot_time{};
  HostFacts facts;
  std::vector<Series> series;

  bool operator==(const Inventory&) const = default;
};

}  // namespace sobriety
