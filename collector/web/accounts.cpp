#include "collector/web/accounts.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace sobriety::collector {

namespace {

constexpr std::size_t most_remembered = 1024;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// With its padding or without it; nothing where another character is in it.
std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 == 0)
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    bytes += static_cast<char>(bits >> static_cast<unsigned>(have) & 0xFFU);
  }
  return bytes;
}

}  // namespace

std::optional<Credentials> basic_credentials(std::string_view authorization) {
  constexpr std::string_view scheme = "basic ";
  constexpr std::size_t most = 2048;
  if (authorization.size() > most || authorization.size() < scheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if ((authorization[i] | 0x20) != scheme[i]) return std::nullopt;
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  const auto text = from_base64(authorization);
  if (!text) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{text->substr(0, colon), text->substr(colon + 1)};
}

Accounts::Accounts(std::vector<WebConfig::User> users) : users_(std::move(users)) {
  if (::RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
    throw std::runtime_error{"no random bytes"};
}

Accounts::Account Accounts::find(std::string_view user) const {
  const auto known = std::find_if(users_.begin(), users_.end(),
                                  [user](const auto& candidate) { return candidate.name == user; });
  const Digest of_name = digest(user, {});
  const WebConfig::User& stand_in = users_[of_name[0] % users_.size()];
  return {known != users_.end() ? known->hash : stand_in.hash, known != users_.end()};
}

bool Accounts::remembered(const Credentials& credentials) const {
  return remembered_.contains(digest(credentials.user, credentials.password));
}

void Accounts::remember(const Credentials& credentials) {
  if (remembered_.size() >= most_remembered) remembered_.erase(remembered_.begin());
  remembered_.insert(digest(credentials.user, credentials.password));
}

Accounts::Digest Accounts::digest(std::string_view user, std::string_view password) const {
  // The length keeps "a" with "bc" apart from "ab" with "c".
  std::string text = std::to_string(user.size());
  text.append(":").append(user).append(password);
  Digest made{};
  unsigned size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (::HMAC(::EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes, text.size(),
             made.data(), &size) == nullptr)
    throw std::runtime_error{"HMAC failed"};
  return made;
}

}  // namespace sobriety::collector
