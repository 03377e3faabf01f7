// What the machine is: the facts that go with its samples, read once at start.
#pragma once

#include "agent/source/source.hpp"
#include "proto/model/inventory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::agent {

// Facts, boot and agent version; series are the sampler's to add. What the tree does not tell is
// "", 0 or all zeros: a captured tree often has no boot id.
[[nodiscard]] Inventory read_inventory(const Roots& roots);

// The parts, as pure functions of the files' text.

// PRETTY_NAME of an os-release file, without its quotes.
[[nodiscard]] std::string os_name(std::string_view os_release);
// `model name` of a cpuinfo, or what other architectures have in its place.
[[nodiscard]] std::string cpu_model(std::string_view cpuinfo);
// Processors in a list such as "0-3,8"; nothing if it is malformed or names more than 65536.
[[nodiscard]] std::optional<std::uint32_t> count_cpus(std::string_view list);
// MemTotal of a meminfo, in bytes.
[[nodiscard]] std::optional<std::uint64_t> memory_size(std::string_view meminfo);
// Desktop, laptop, server, tablet … of an SMBIOS chassis type (table 17 of its specification).
[[nodiscard]] std::string_view chassis_name(std::string_view chassis_type);

}  // namespace sobriety::agent
