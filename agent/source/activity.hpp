// What moves through the machine: bytes over its physical network interfaces and disks since boot.
//
// A device is physical where sysfs has hardware behind it: bridges, tunnels, loop devices, RAID and
// the like carry the same bytes a second time.
#pragma once

#include "agent/source/source.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sobriety::agent {

struct DiskBytes {
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  bool operator==(const DiskBytes&) const = default;
};

// Content of /sys/block/<disk>/stat: sectors of 512 bytes, whatever the disk's own size.
[[nodiscard]] std::optional<DiskBytes> parse_disk_stat(std::string_view text);

// A count since boot of a device that may be unplugged and start again at 0: never goes back.
class Tally {
 public:
  void advance(std::uint64_t raw) {
    total_ += raw >= last_ ? raw - last_ : raw;
    last_ = raw;
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  std::uint64_t last_ = 0;
  std::uint64_t total_ = 0;
};

[[nodiscard]] Discovery discover_activity(const Roots& roots, const SourceOptions& options);

}  // namespace sobriety::agent
