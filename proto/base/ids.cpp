#include "proto/base/ids.hpp"

#include <sys/random.h>

#include <cassert>

namespace sobriety {

char* write_hex(char* out, std::span<const std::uint8_t> bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    *out++ = digits[byte >> 4];
    *out++ = digits[byte & 15];
  }
  return out;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text(2 * bytes.size(), '\0');
  write_hex(text.data(), bytes);
  return text;
}

Result<IdBytes> parse_hex_id(std::string_view text) {
  IdBytes bytes{};
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    int value = -1;
    if (c >= '0' && c <= '9') value = c - '0';
    if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
    if (value < 0 || digits == 2 * bytes.size())
      return fail(Errc::malformed, "not an identifier of 32 hexadecimal digits");
    auto& byte = bytes[digits / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digits;
  }
  if (digits != 2 * bytes.size())
    return fail(Errc::malformed, "not an identifier of 32 hexadecimal digits");
  return bytes;
}

IdBytes random_id_bytes() {
  IdBytes bytes{};
  // 16 bytes are always delivered whole once the pool is initialised (getrandom(2)).
  [[maybe_unused]] const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
  assert(got == static_cast<ssize_t>(bytes.size()));
  return bytes;
}

}  // namespace sobriety
