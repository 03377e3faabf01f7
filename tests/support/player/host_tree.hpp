// The files of a played machine: those of a captured tree, and over them its clock (proc/uptime,
// the btime of proc/stat), its RAPL zones in place of the tree's, and `.clock`, where the clock is
// set.
//
// Paths are without a slash in front; "" is the root.
#pragma once

#include "proto/base/result.hpp"
#include "tests/support/player/clock.hpp"
#include "tests/support/player/scenario.hpp"

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace sobriety::player {

enum class NodeKind { absent, directory, file, link };

class HostTree {
 public:
  // `booted`: seconds since 1970, for the btime line.
  HostTree(Scenario scenario, std::filesystem::path captured, std::int64_t booted);

  [[nodiscard]] NodeKind kind(std::string_view path, Elapsed monotonic) const;
  [[nodiscard]] std::set<std::string> names(std::string_view directory, Elapsed monotonic) const;
  // Of a link of the captured tree.
  [[nodiscard]] std::string target(std::string_view link) const;

  // What a file says now, or the errno that reading it ends with. Reading proc/uptime is a look at
  // the clock.
  [[nodiscard]] std::variant<std::string, int> read(std::string_view path, Elapsed monotonic);

  // A line for the clock, written to `.clock`; false if it is none.
  bool command(std::string_view text, Elapsed monotonic) { return clock_.command(text, monotonic); }

 private:
  [[nodiscard]] const Zone* zone_at(std::string_view directory) const;
  [[nodiscard]] bool generated(std::string_view path) const;
  [[nodiscard]] NodeKind zone_node(std::string_view path, Elapsed monotonic) const;
  [[nodiscard]] std::variant<std::string, int> read_zone(std::string_view path,
                                                         Elapsed monotonic) const;
  [[nodiscard]] std::variant<std::string, int> read_captured(std::string_view path) const;
  [[nodiscard]] std::string with_boot_time(std::string stat) const;

  Scenario scenario_;
  std::filesystem::path captured_;
  std::int64_t booted_;
  PlayerClock clock_;
};

inline constexpr std::string_view clock_file = ".clock";

}  // namespace sobriety::player
