// Frames of the protocol as bytes, and bytes as frames.
#pragma once

#include "proto/wire/batch_codec.hpp"
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sobriety::test {

template <class Message>
std::string frame_of(const Message& message) {
  std::string bytes;
  wire::append(bytes, message);
  return bytes;
}

inline std::string frame_of(const Batch& batch, const wire::ColumnPlan& plan) {
  std::string bytes;
  wire::BatchCodec{}.append(bytes, batch, plan);
  return bytes;
}

// A frame of any payload.
inline std::string raw_frame(wire::FrameType type, std::string_view payload) {
  std::string bytes;
  wire::append_header(bytes, type, payload.size());
  bytes += payload;
  return bytes;
}

// The whole frames at the start of `bytes`, which are consumed. Empty where nothing is whole.
inline std::vector<std::pair<wire::FrameType, std::string>> take_frames(std::string& bytes) {
  std::vector<std::pair<wire::FrameType, std::string>> frames;
  while (true) {
    const auto frame = wire::next_frame(bytes);
    if (!frame || !frame.value()) return frames;
    frames.emplace_back(frame.value()->type, std::string{frame.value()->payload});
    bytes.erase(0, frame.value()->size);
  }
}

}  // namespace sobriety::test
