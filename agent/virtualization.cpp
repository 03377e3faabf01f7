#include "agent/virtualization.hpp"

#include "agent/source/file.hpp"
#include "proto/base/text.hpp"

#include <array>

namespace sobriety::agent {

namespace {
struct Rule {
  std::string_view text;  // begins the vendor, the product or the BIOS vendor
  std::string_view name;
};

// In order: KVM is more exact than the QEMU around it.
constexpr std::array rules{
    Rule{"KVM", "kvm"},
    Rule{"OpenStack", "kvm"},
    Rule{"Google Compute Engine", "google"},
    Rule{"Amazon EC2", "amazon"},
    Rule{"QEMU", "qemu"},
    Rule{"VMware", "vmware"},
    Rule{"VMW", "vmware"},
    Rule{"innotek GmbH", "oracle"},
    Rule{"VirtualBox", "oracle"},
    Rule{"Oracle Corporation VirtualBox", "oracle"},
    Rule{"Xen", "xen"},
    Rule{"HVM domU", "xen"},
    Rule{"Bochs", "bochs"},
    Rule{"Parallels", "parallels"},
    Rule{"BHYVE", "bhyve"},
    Rule{"Virtual Machine", "microsoft"},
    Rule{"Apple Virtualization", "apple"},
    Rule{"Nutanix AHV", "kvm"},
    Rule{"RHEV Hypervisor", "kvm"},
};

std::string_view by_firmware(const GuestEvidence& evidence) {
  for (const Rule& rule : rules)
    for (const std::string_view text :
         {std::string_view{evidence.product}, std::string_view{evidence.vendor},
          std::string_view{evidence.bios}})
      if (text.starts_with(rule.text)) return rule.name;
  return {};
}

// The first processor's `flags` line; it comes in the first kilobytes.
std::optional<bool> hypervisor_flag(std::string_view cpuinfo) {
  const auto at = cpuinfo.find("\nflags");
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view line = cpuinfo.substr(at + 1);
  line = line.substr(0, line.find('\n'));
  while (!line.empty())
    if (next_word(line) == "hypervisor") return true;
  return false;
}
}  // namespace

std::string_view virtualization(const GuestEvidence& evidence) {
  const std::string_view named = by_firmware(evidence);
  // A rented bare-metal machine has the vendor's firmware and no hypervisor beneath it.
  if (evidence.hypervisor_flag == false && named == "amazon") return "none";
  if (!named.empty()) return named;
  if (evidence.hypervisor_flag == true) return "vm";
  const bool nothing_known = evidence.vendor.empty() && evidence.product.empty() &&
                             evidence.bios.empty() && !evidence.hypervisor_flag;
  return nothing_known ? "" : "none";
}

std::string_view virtualization(const Roots& roots) {
  const auto dmi = [&](const char* name) {
    auto text = read_once(roots.sys / "class/dmi/id" / name, 256);
    return text ? std::move(text).value() : std::string{};
  };
  const auto cpuinfo = read_once(roots.proc / "cpuinfo", 16384);
  return virtualization({dmi("sys_vendor"), dmi("product_name"), dmi("bios_vendor"),
                         cpuinfo ? hypervisor_flag("\n" + cpuinfo.value()) : std::nullopt});
}

}  // namespace sobriety::agent
