#include "agent/source/cpu.hpp"

#include "agent/source/file.hpp"
#include "proto/base/text.hpp"

#include <unistd.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sobriety::agent {

namespace {
// The line has at most 10 columns of 20 digits; the per-CPU lines behind it are never copied.
constexpr std::size_t head = 256;

class CpuSource final : public Source {
 public:
  CpuSource(KeptFile file, std::size_t modes, std::uint64_t ticks_per_second)
      : file_(std::move(file)), ticks_per_second_(ticks_per_second) {
    for (std::size_t mode = 0; mode < modes; ++mode)
      series_.push_back({SignalId::cpu_time, std::string{cpu_modes[mode]}, {}, {}});
    highest_.resize(modes);
  }

  [[nodiscard]] std::span<const Series> series() const override { return series_; }

  ReadOutcome read(const Instant&, std::span<Cell> cells) override {
    const auto text = file_.read();
    const auto times = text ? parse_cpu_line(text.value()) : std::nullopt;
    if (!times || times->modes < series_.size()) {
      if (!std::exchange(failing_, true))
        spdlog::warn("cpu: {}", text ? file_.path().native() + ": not a line of CPU times"
                                     : text.error().message);
      return {.failures = 1, .discontinuities = 0, .rescan = false};
    }
    failing_ = false;
    for (std::size_t mode = 0; mode < series_.size(); ++mode) {
      // idle and iowait are estimates that the kernel may take back (proc(5)): time stands still
      // then.
      highest_[mode] = std::max(highest_[mode], centiseconds(times->ticks[mode]));
      cells[mode] = highest_[mode];
    }
    return {};
  }

 private:
  // Without overflow for any number of ticks that fits the cell.
  [[nodiscard]] Cell centiseconds(std::uint64_t ticks) const {
    const std::uint64_t value =
        ticks / ticks_per_second_ * 100 + ticks % ticks_per_second_ * 100 / ticks_per_second_;
    return static_cast<Cell>(std::min<std::uint64_t>(value, std::numeric_limits<Cell>::max()));
  }

  KeptFile file_;
  std::uint64_t ticks_per_second_;
  std::vector<Series> series_;
  std::vector<Cell> highest_;
  bool failing_ = false;
};

// USER_HZ is 100 nearly everywhere, and on every captured machine.
std::uint64_t ticks_per_second(const Roots& roots) {
  const long ticks = roots.live() ? ::sysconf(_SC_CLK_TCK) : 100;
  return ticks > 0 ? static_cast<std::uint64_t>(ticks) : 100;
}
}  // namespace

std::optional<CpuTimes> parse_cpu_line(std::string_view stat) {
  std::string_view line = stat.substr(0, stat.find('\n'));
  if (!line.starts_with("cpu ")) return std::nullopt;
  line.remove_prefix(4);
  CpuTimes times;
  while (times.modes < times.ticks.size()) {
    const std::string_view word = next_word(line);
    if (word.empty()) break;
    const auto ticks = parse_number<std::uint64_t>(word);
    if (!ticks) return std::nullopt;
    times.ticks[times.modes++] = *ticks;
  }
  constexpr std::size_t fewest = 4;  // Linux 2.4: user nice system idle
  if (times.modes < fewest) return std::nullopt;
  return times;
}

Discovery discover_cpu(const Roots& roots, const SourceOptions&) {
  auto file = KeptFile::open(roots.proc / "stat", head);
  if (!file) return not_found(file.error());
  const auto text = file.value().read();
  if (!text) return not_found(text.error());
  const auto times = parse_cpu_line(text.value());
  if (!times)
    return not_found({Errc::broken, file.value().path().native() +
                                        ": its first line is not `cpu` with the times by mode"});
  Discovery found;
  found.status = SourceStatus::found;
  found.summary = "CPU time of the machine in " + std::to_string(times->modes) + " modes";
  if (times->modes < cpu_modes.size())
    found.notes.push_back("this kernel does not tell " + std::string{cpu_modes[times->modes]} +
                          (times->modes + 1 < cpu_modes.size() ? " and the modes after it" : ""));
  found.source =
      std::make_unique<CpuSource>(std::move(file).value(), times->modes, ticks_per_second(roots));
  return found;
}

}  // namespace sobriety::agent
