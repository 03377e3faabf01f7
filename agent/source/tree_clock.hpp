// The clock of a machine that is read from a tree, as its files tell it at each sample: that of a
// captured machine stands still at the moment of the capture.
#pragma once

#include "agent/source/file.hpp"
#include "proto/base/clock.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::agent {

// First number of /proc/uptime, seconds with decimals.
[[nodiscard]] std::optional<Elapsed> parse_uptime(std::string_view text);

// Seconds since 1970 of the `btime` line of /proc/stat; nothing if there is none.
[[nodiscard]] std::optional<WallTime> parse_boot_time(std::string_view stat);

// The same, of a file that may have a long line and a long tail.
[[nodiscard]] std::optional<WallTime> boot_time(const std::filesystem::path& proc);

class TreeClock final : public Clock {
 public:
  // `proc` is the tree's proc directory.
  explicit TreeClock(const std::filesystem::path& proc);

  // boottime is that of <proc>/uptime, or 0; wall is btime + boottime; asleep is 0. The file stays
  // open; btime is that of the construction.
  [[nodiscard]] Instant now() const override;

  // What the tree could not tell and what stands in for it, in a sentence; "" if nothing.
  [[nodiscard]] const std::string& note() const { return note_; }

 private:
  [[nodiscard]] std::optional<Elapsed> uptime() const;

  mutable std::optional<KeptFile> uptime_;  // reading it fills its buffer
  std::optional<WallTime> booted_;
  std::string note_;
};

}  // namespace sobriety::agent
