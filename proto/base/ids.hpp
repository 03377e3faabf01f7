// 128-bit identifiers of hosts, streams and boots, each a type of its own.
#pragma once

#include "proto/base/result.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sobriety {

using IdBytes = std::array<std::uint8_t, 16>;

// "0123…", two lower-case hex digits a byte.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
// The same at `out`; returns its end.
char* write_hex(char* out, std::span<const std::uint8_t> bytes);
// 32 hex digits; dashes, as in a UUID, are allowed anywhere between digits.
[[nodiscard]] Result<IdBytes> parse_hex_id(std::string_view text);
// From the kernel's random source.
[[nodiscard]] IdBytes random_id_bytes();

template <class Tag>
struct Id {
  IdBytes bytes{};

  constexpr auto operator<=>(const Id&) const = default;
  [[nodiscard]] std::string hex() const { return to_hex(bytes); }
  [[nodiscard]] static Id random() { return {random_id_bytes()}; }
};

using HostId = Id<struct HostTag>;          // one installed agent, for its whole life
using StreamId = Id<struct StreamTag>;      // one contiguous numbering of batches
using BootId = Id<struct BootTag>;          // /proc/sys/kernel/random/boot_id
using MachineHash = Id<struct MachineTag>;  // of /etc/machine-id, for this program alone

// Ids are random bits: any eight bytes of one are a good hash.
struct IdHash {
  template <class Tag>
  std::size_t operator()(const Id<Tag>& id) const {
    std::size_t hash;
    std::memcpy(&hash, id.bytes.data(), sizeof hash);
    return hash;
  }
};

}  // namespace sobriety
