// What the codecs of messages share: fields of protobuf messages, written and checked.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"
#include "proto/base/utf8.hpp"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace sobriety::wire {

inline Result<void> parse(google::protobuf::MessageLite& message, std::string_view payload,
                          std::string_view what) {
  if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
    return fail(Errc::malformed, "malformed " + std::string{what});
  return success();
}

// Arrays of bytes: ids, digests, secrets.
template <std::size_t N>
Result<void> read_bytes(const std::string& bytes, std::array<std::uint8_t, N>& field,
                        std::string_view what) {
  if (bytes.size() != N)
    return fail(Errc::malformed, std::string{what} + " is not of " + std::to_string(N) + " bytes");
  std::copy(bytes.begin(), bytes.end(), field.begin());
  return success();
}

template <class SomeId>
Result<void> read_id(const std::string& bytes, SomeId& id, std::string_view what) {
  return read_bytes(bytes, id.bytes, what);
}

template <class SomeId>
std::string id_bytes(const SomeId& id) {
  return {id.bytes.begin(), id.bytes.end()};
}

inline bool printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

inline Result<void> check_text(std::string_view text, std::string_view what, std::size_t limit) {
  if (text.size() > limit) return fail(Errc::malformed, std::string{what} + " is too long");
  if (find_invalid_utf8(text) != std::string_view::npos)
    return fail(Errc::malformed, std::string{what} + " is not UTF-8");
  if (!printable(text)) return fail(Errc::malformed, std::string{what} + " has control characters");
  return success();
}

}  // namespace sobriety::wire
