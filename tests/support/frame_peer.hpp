// A peer that speaks the telemetry protocol.
#pragma once

#include "tests/support/frames.hpp"
#include "tests/support/peer.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sobriety::test {

class FramePeer : public Peer {
 public:
  using Peer::Peer;

  // Waits for a whole frame and takes it; a frame without type where none comes.
  std::pair<wire::FrameType, std::string> next_frame() {
    while (frames_.empty()) {
      const auto whole = [&] {
        for (auto& frame : take_frames(received())) frames_.push_back(std::move(frame));
        return !frames_.empty() || ended();
      };
      if (!run_until(loop_, whole) || frames_.empty()) return {};
    }
    auto first = std::move(frames_.front());
    frames_.erase(frames_.begin());
    return first;
  }

 private:
  std::vector<std::pair<wire::FrameType, std::string>> frames_;
};

}  // namespace sobriety::test
