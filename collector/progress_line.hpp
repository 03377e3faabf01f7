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
  explicit ProgressLine(std::string what)
      : what_(std::move(what)), shown_(::isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t done, std::uint64_t all) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now < next_) return;
    next_ = now + std::chrono::milliseconds{200};
    std::cerr << '\r' << what_ << ": " << (all == 0 ? 100 : done * 100 / all) << " %\x1b[K"
              << std::flush;
  }
  void clear() const {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  std::string what_;
  bool shown_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace sobriety::collector
