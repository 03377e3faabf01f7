#include "collector/web/bcrypt.hpp"

#include "proto/base/text.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <memory>

namespace sobriety::collector {

namespace {

constexpr std::size_t length = 60;
constexpr std::size_t cost_at = 4;
constexpr std::size_t salt_at = 7;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '/';
}

}  // namespace

bool is_bcrypt(std::string_view hash) {
  if (hash.size() != length || hash.substr(0, 2) != "$2" || hash[3] != '$' || hash[6] != '$')
    return false;
  if (hash[2] != 'a' && hash[2] != 'b' && hash[2] != 'y') return false;
  const auto cost = parse_number<unsigned>(hash.substr(cost_at, 2));
  return cost && *cost >= 4 && *cost <= 16 &&
         std::all_of(hash.begin() + salt_at, hash.end(), is_letter);
}

bool bcrypt_matches(const std::string& password, const std::string& hash) {
  // A C text would end at the NUL, and so what comes behind it would not count.
  if (password.find('\0') != std::string::npos) return false;
  const auto scratch = std::make_unique<crypt_data>();  // 32 KiB
  const char* made = ::crypt_r(password.c_str(), hash.c_str(), scratch.get());
  const bool same = made != nullptr && std::string_view{made}.size() == hash.size() &&
                    ::CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
  ::OPENSSL_cleanse(scratch.get(), sizeof(crypt_data));
  return same;
}

}  // namespace sobriety::collector
