// The frame decoder, fed in arbitrary cuts: it finds the same frames and the same end as when all
// bytes are there at once, and never asks for more than one frame may hold.
#include "proto/wire/frame.hpp"
#include "tests/fuzz/promise.hpp"

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sobriety;
using namespace sobriety::wire;
using sobriety::fuzz::must;

struct Found {
  std::vector<std::string> frames;  // type and payload
  std::optional<Errc> error;

  bool operator==(const Found&) const = default;
};

// Takes whole frames off `bytes`; false once the stream is broken.
bool take_frames(std::string& bytes, Found& found) {
  while (true) {
    const auto frame = next_frame(bytes);
    if (!frame) {
      must(!frame.error().message.empty());
      found.error = frame.error().code;
      return false;
    }
    if (!frame.value()) {
      const std::size_t missing = bytes_missing(bytes);
      must(missing > 0 && bytes.size() + missing <= header_size + max_payload);
      return true;
    }
    must(frame.value()->size == header_size + frame.value()->payload.size());
    found.frames.push_back(static_cast<char>(frame.value()->type) +
                           std::string{frame.value()->payload});
    bytes.erase(0, frame.value()->size);
  }
}

Found all_at_once(std::string_view stream) {
  Found found;
  std::string bytes{stream};
  take_frames(bytes, found);
  return found;
}

Found in_cuts(std::string_view stream, unsigned seed) {
  std::minstd_rand random{seed + 1};
  Found found;
  std::string bytes;
  while (!stream.empty()) {
    const std::size_t cut = std::min<std::size_t>(stream.size(), 1 + random() % (1 + seed % 32));
    bytes += stream.substr(0, cut);
    stream.remove_prefix(cut);
    if (!take_frames(bytes, found)) break;
  }
  return found;
}

}  // namespace

// The first byte chooses the cuts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
  must(in_cuts(stream, data[0]) == all_at_once(stream));
  return 0;
}
