#include "agent/source/tree_clock.hpp"

#include "proto/base/text.hpp"

#include <limits>
#include <utility>

namespace sobriety::agent {

namespace {
// The interrupt line of a big machine alone is tens of kilobytes, and btime comes after it.
constexpr std::size_t longest_stat = 1 << 20;
}  // namespace

std::optional<Elapsed> parse_uptime(std::string_view text) {
  const std::string_view word = trimmed(text).substr(0, trimmed(text).find_first_of(" \t\n"));
  const auto point = word.find('.');
  const auto whole = parse_number<std::uint64_t>(word.substr(0, point));
  constexpr std::uint64_t longest = 9'000'000'000;  // 285 years fit the nanoseconds of Elapsed
  if (!whole || *whole > longest) return std::nullopt;
  Elapsed::rep nanoseconds = 0;
  if (point != std::string_view::npos) {
    const std::string_view decimals = word.substr(point + 1);
    if (decimals.empty() || decimals.size() > 9) return std::nullopt;
    const auto fraction = parse_number<std::uint32_t>(decimals);
    if (!fraction) return std::nullopt;
    nanoseconds = *fraction;
    for (std::size_t digit = decimals.size(); digit < 9; ++digit) nanoseconds *= 10;
  }
  return std::chrono::seconds{*whole} + Elapsed{nanoseconds};
}

std::optional<WallTime> parse_boot_time(std::string_view stat) {
  while (!stat.empty()) {
    const auto end = stat.find('\n');
    std::string_view line = stat.substr(0, end);
    stat.remove_prefix(end == std::string_view::npos ? stat.size() : end + 1);
    if (next_word(line) != "btime") continue;
    const auto seconds = parse_number<std::uint32_t>(trimmed(line));
    if (!seconds) return std::nullopt;
    return WallTime{std::chrono::seconds{*seconds}};
  }
  return std::nullopt;
}

std::optional<WallTime> boot_time(const std::filesystem::path& proc) {
  const auto text = read_once(proc / "stat", longest_stat);
  return text ? parse_boot_time(text.value()) : std::nullopt;
}

TreeClock::TreeClock(const std::filesystem::path& proc) : booted_(boot_time(proc)) {
  if (auto file = KeptFile::open(proc / "uptime", 128)) uptime_ = std::move(file).value();
  if (!uptime())
    note_ = (proc / "uptime").native() + " does not tell the uptime: 0 stands in for it";
  if (!booted_) {
    if (!note_.empty()) note_ += "; ";
    note_ += (proc / "stat").native() + " does not tell the boot time: 1970 stands in for it";
  }
}

std::optional<Elapsed> TreeClock::uptime() const {
  if (!uptime_) return std::nullopt;
  const auto text = uptime_->read();
  return text ? parse_uptime(text.value()) : std::nullopt;
}

Instant TreeClock::now() const {
  const Elapsed boottime = uptime().value_or(Elapsed::zero());
  return {boottime, Elapsed::zero(),
          booted_.value_or(WallTime{}) +
              std::chrono::duration_cast<std::chrono::milliseconds>(boottime)};
}

}  // namespace sobriety::agent
