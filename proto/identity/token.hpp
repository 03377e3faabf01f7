// The enrolment token: one string that tells an agent where its collector is, how to know it, and
// the secret that lets it in. proto/README.md specifies it byte by byte.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"
#include "proto/identity/digest.hpp"
#include "proto/runtime/endpoint.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::identity {

using TokenId = Id<struct TokenTag>;

struct Token {
  TokenId id;
  Secret secret;
  Digest pin;  // SHA-256 of the public key (SubjectPublicKeyInfo, DER) of the collector's root CA
  std::vector<Endpoint> endpoints;  // 1 to max_endpoints, the first is tried first

  bool operator==(const Token&) const = default;
};

inline constexpr std::size_t max_endpoints = 8;
inline constexpr std::size_t max_token_text = 3 * 1024;  // what the longest one needs, and more

// Why an endpoint cannot stand in a token; empty where it can.
[[nodiscard]] std::string problem_of(const Endpoint& endpoint);

// `token` has 1 to max_endpoints endpoints without problems.
[[nodiscard]] std::string format(const Token& token);
// Blanks and line ends around it are left out. The error never repeats what was read.
[[nodiscard]] Result<Token> parse_token(std::string_view text);

}  // namespace sobriety::identity
