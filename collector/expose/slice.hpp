// A part of the fleet, for scrapes that share the work: always the same hosts, whatever collector
// and however many threads it has.
#pragma once

#include "proto/base/ids.hpp"

#include <cstddef>
#include <cstdint>

namespace sobriety::collector {

struct Slice {
  std::uint32_t index = 0;
  std::uint32_t count = 1;

  [[nodiscard]] bool has(const HostId& host) const {
    return count == 1 || mixed(host) % count == index;
  }
  bool operator==(const Slice&) const = default;

 private:
  // Other bits than those that choose a host's thread, so that a part is not the hosts of a thread.
  [[nodiscard]] static std::uint64_t mixed(const HostId& host) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i) bits = bits << 8U | host.bytes[i];
    return bits * 0x9e3779b97f4a7c15 >> 32U;  // Fibonacci hashing
  }
};

inline constexpr std::uint32_t most_slices = 1024;

}  // namespace sobriety::collector
