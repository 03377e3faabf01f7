// How far a long command is, in one line of a terminal that is written over and over; nothing where
// standard error is none.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

namespace sobriety::collector {

class ProgressLine {
 public:
  // `of`: what is counted, such as "hosts"; "" where the share alone tells something.
  explicit ProgressLine(std::string what, std::string of = "")
      : what_(std::move(what)), of_(std::move(of)), shown_(::isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t done, std::uint64_t all) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now < next_) return;
    next_ = now + std::chrono::milliseconds{200};
    const std::uint64_t percent = all == 0 ? 100 : done * 100 / all;
    constexpr std::uint64_t length = 30;
    const std::uint64_t full = percent * length / 100;
    std::cerr << '\r' << what_ << " [" << std::string(full, '=') << std::string(length - full, ' ')
              << "] " << percent << " %";
    if (!of_.empty()) std::cerr << ", " << done << " of " << all << ' ' << of_;
    std::cerr << "\x1b[K" << std::flush;
  }
  void clear() const {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  std::string what_, of_;
  bool shown_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace sobriety::collector
