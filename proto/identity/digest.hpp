// SHA-256 and what goes with it: digests are compared in constant time where they guard a secret.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sobriety::identity {

using Digest = std::array<std::uint8_t, 32>;
using Secret = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);
// Takes as long wherever the first difference is.
[[nodiscard]] bool same(const Digest& one, const Digest& other);
// From the kernel's random source.
[[nodiscard]] Secret random_secret();

[[nodiscard]] inline std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}
// All zero, which is the digest of nothing known, where `bytes` are not 32.
[[nodiscard]] inline Digest digest_of(std::string_view bytes) {
  Digest digest{};
  if (bytes.size() == digest.size()) std::memcpy(digest.data(), bytes.data(), bytes.size());
  return digest;
}

// Digests are evenly spread: any eight bytes of one are a good hash.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t hash;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
  }
};

}  // namespace sobriety::identity
