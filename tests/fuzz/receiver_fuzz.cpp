// What a receiver of remote-write answers, in cuts that its first byte tells: the same answer as
// when it comes at once, or an error; a pause within bounds.
#include "collector/remote/response.hpp"
#include "collector/remote/retry.hpp"
#include "tests/fuzz/promise.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace {

using namespace sobriety::collector::remote;
using sobriety::fuzz::must;

std::optional<Response> read(std::string_view text, std::size_t piece) {
  ResponseReader reader;
  std::string received;
  while (!text.empty()) {
    received += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
    const auto whole = reader.take(received);
    if (!whole) return std::nullopt;
    if (whole.value()) return reader.response();
  }
  return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto whole = read(text, text.size() + 1);
  const auto cut = read(text, 1U + data[0]);
  if (!whole || !cut) return 0;
  must(whole->status == cut->status && whole->retry_after == cut->retry_after);
  must(whole->words == cut->words && whole->keep_alive == cut->keep_alive);
  must(whole->words.size() <= 300);
  static_cast<void>(outcome_of(whole->status));
  if (const auto wait = retry_after(whole->retry_after, {}))
    must(*wait >= std::chrono::seconds{0} && *wait <= std::chrono::hours{1});
  return 0;
}
