#include "proto/identity/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include <cassert>

namespace sobriety::identity {

Digest sha256(std::string_view bytes) {
  Digest digest;
  ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

bool same(const Digest& one, const Digest& other) {
  return ::CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

Secret random_secret() {
  Secret secret{};
  // 32 bytes are always delivered whole once the pool is initialised (getrandom(2)).
  [[maybe_unused]] const auto got = ::getrandom(secret.data(), secret.size(), 0);
  assert(got == static_cast<ssize_t>(secret.size()));
  return secret;
}

}  // namespace sobriety::identity
