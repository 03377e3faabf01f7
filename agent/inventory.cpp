#include "agent/inventory.hpp"

#include "agent/source/file.hpp"
#include "agent/source/label.hpp"
#include "agent/source/tree_clock.hpp"
#include "agent/virtualization.hpp"
#include "proto/base/text.hpp"

#include <sys/utsname.h>

namespace sobriety::agent {

namespace {
// Value of the first line `key<separator>value`; "" if there is none.
std::string_view value_of(std::string_view text, std::string_view key, char separator) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto at = line.find(separator);
    if (at != std::string_view::npos && trimmed(line.substr(0, at)) == key)
      return trimmed(line.substr(at + 1));
  }
  return {};
}

std::string content(const std::filesystem::path& path, std::size_t limit = 4096) {
  auto text = read_once(path, limit);
  return text ? std::move(text).value() : std::string{};
}

std::string kernel_release(const Roots& roots) {
  utsname name{};
  if (roots.live() && ::uname(&name) == 0) return name.release;
  return content(roots.proc / "sys/kernel/osrelease", 256);
}

// Of the list of online processors: cpuinfo of a big machine is long and slow, for it may interrupt
// every processor to tell its frequency.
std::uint32_t online_cpus(const Roots& roots) {
  if (const auto cpus = count_cpus(content(roots.sys / "devices/system/cpu/online"))) return *cpus;
  const std::string cpuinfo = "\n" + content(roots.proc / "cpuinfo", 1 << 20);
  std::uint32_t cpus = 0;
  for (auto at = cpuinfo.find("\nprocessor"); at != std::string::npos;
       at = cpuinfo.find("\nprocessor", at + 1))
    ++cpus;
  return cpus;
}

HostFacts read_facts(const Roots& roots) {
  HostFacts facts;
  if (roots.live()) facts.os = clean_label(os_name(content("/etc/os-release")));
  facts.kernel = clean_label(kernel_release(roots));
  facts.cpu_model = clean_label(cpu_model(content(roots.proc / "cpuinfo")));
  facts.cpus = online_cpus(roots);
  facts.memory = memory_size(content(roots.proc / "meminfo")).value_or(0);
  facts.virtualization = virtualization(roots);
  facts.chassis = is_guest(facts.virtualization)
                      ? "vm"
                      : chassis_name(content(roots.sys / "class/dmi/id/chassis_type", 64));
  facts.product = clean_label(content(roots.sys / "class/dmi/id/product_name", 256));
  return facts;
}
}  // namespace

Inventory read_inventory(const Roots& roots) {
  Inventory inventory;
  inventory.agent_version = SOBRIETY_VERSION;
  if (const auto id = parse_hex_id(content(roots.proc / "sys/kernel/random/boot_id", 64)))
    inventory.boot = {id.value()};
  inventory.boot_time = boot_time(roots.proc).value_or(WallTime{});
  inventory.facts = read_facts(roots);
  return inventory;
}

std::string os_name(std::string_view os_release) {
  std::string_view name = value_of(os_release, "PRETTY_NAME", '=');
  if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
      name.back() == name.front())
    name = name.substr(1, name.size() - 2);
  return std::string{name};
}

std::string cpu_model(std::string_view cpuinfo) {
  // x86 and newer ARM; PowerPC; older ARM; s390x has it in the line of each processor.
  for (const std::string_view key : {"model name", "cpu", "Processor", "Model"})
    if (const std::string_view model = value_of(cpuinfo, key, ':'); !model.empty())
      return std::string{model};
  return {};
}

std::optional<std::uint32_t> count_cpus(std::string_view list) {
  constexpr std::uint32_t most = 65536;
  list = trimmed(list);
  if (list.empty()) return std::nullopt;
  std::uint32_t cpus = 0;
  while (!list.empty()) {
    const auto comma = list.find(',');
    const std::string_view range = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    const auto dash = range.find('-');
    const auto first = parse_number<std::uint32_t>(range.substr(0, dash));
    const auto last = dash == std::string_view::npos
                          ? first
                          : parse_number<std::uint32_t>(range.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= most) return std::nullopt;
    cpus += *last - *first + 1;
    if (cpus > most) return std::nullopt;
  }
  return cpus;
}

std::optional<std::uint64_t> memory_size(std::string_view meminfo) {
  std::string_view value = value_of(meminfo, "MemTotal", ':');
  const auto kibibytes = parse_number<std::uint64_t>(next_word(value));
  if (!kibibytes || trimmed(value) != "kB" || *kibibytes >> 50 != 0) return std::nullopt;
  return *kibibytes * 1024;
}

std::string_view chassis_name(std::string_view chassis_type) {
  switch (parse_number<unsigned>(trimmed(chassis_type)).value_or(0)) {
    case 3:   // desktop
    case 4:   // low-profile desktop
    case 5:   // pizza box
    case 6:   // mini tower
    case 7:   // tower
    case 13:  // all in one
    case 15:  // space-saving
    case 16:  // lunch box
    case 24:  // sealed-case PC
    case 35:  // mini PC
    case 36:
      return "desktop";  // stick PC
    case 8:              // portable
    case 9:              // laptop
    case 10:             // notebook
    case 14:             // sub notebook
    case 31:             // convertible
    case 32:
      return "laptop";  // detachable
    case 17:            // main server chassis
    case 23:            // rack mount
    case 25:            // multi-system
    case 28:            // blade
    case 29:
      return "server";  // blade enclosure
    case 11:
      return "handset";
    case 30:
      return "tablet";
    case 33:  // IoT gateway
    case 34:
      return "embedded";
    default:
      return "";
  }
}

}  // namespace sobriety::agent
