// Whether this machine is a guest of a hypervisor, from its firmware tables and its CPU.
#pragma once

#include "agent/source/source.hpp"

#include <string>
#include <string_view>

namespace sobriety::agent {

// What of the machine tells it; "" and nullopt where the tree does not say.
struct GuestEvidence {
  std::string vendor;                   // DMI sys_vendor
  std::string product;                  // DMI product_name
  std::string bios;                     // DMI bios_vendor
  std::optional<bool> hypervisor_flag;  // `hypervisor` among the flags of cpuinfo (x86)
};

// kvm, qemu, vmware, …; "vm" for a hypervisor without a name; "none" on bare metal; "" where
// nothing is known. The names are systemd-detect-virt's where it has one.
[[nodiscard]] std::string_view virtualization(const GuestEvidence& evidence);
[[nodiscard]] std::string_view virtualization(const Roots& roots);

[[nodiscard]] inline bool is_guest(std::string_view name) {
  return !name.empty() && name != "none";
}

}  // namespace sobriety::agent
