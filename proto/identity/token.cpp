#include "proto/identity/token.hpp"

#include "proto/base/text.hpp"
#include "proto/identity/base64url.hpp"

#include <algorithm>
#include <cassert>

namespace sobriety::identity {

namespace {

constexpr std::string_view prefix = "sbr1.";
constexpr std::size_t checksum_size = 4;
constexpr std::size_t max_host = 253;  // RFC 1035, in text form

// Tells a slip of the hand or a line that was cut from a token that is not accepted.
std::string checksum(std::string_view bytes) {
  return std::string{bytes_of(sha256(bytes)).substr(0, checksum_size)};
}

Error not_a_token(std::string_view why) {
  return {Errc::malformed,
          "this is not an enrolment token: " + std::string{why} +
              "; copy the whole line that sobriety-collector token create printed"};
}

// Takes fields from the front of bytes.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  // Empty, and failed from then on, where fewer are left.
  std::string_view take(std::size_t size) {
    failed_ = failed_ || size > rest_.size();
    if (failed_) return {};
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <std::size_t N>
  void take(std::array<std::uint8_t, N>& field) {
    const auto taken = take(N);
    if (!failed_) std::copy(taken.begin(), taken.end(), field.begin());
  }
  unsigned number(std::size_t size) {
    unsigned value = 0;
    for (const char byte : take(size)) value = value << 8U | static_cast<unsigned char>(byte);
    return value;
  }
  [[nodiscard]] bool whole() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

std::string problem_of(const Endpoint& endpoint) {
  if (endpoint.host.empty()) return "has no host";
  if (endpoint.host.size() > max_host) return "has too long a host";
  if (endpoint.port == 0) return "has no port";
  const bool plain = std::ranges::all_of(endpoint.host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  });
  return plain ? "" : "has a host that is neither a name nor an address";
}

std::string format(const Token& token) {
  assert(!token.endpoints.empty() && token.endpoints.size() <= max_endpoints);
  std::string bytes{token.id.bytes.begin(), token.id.bytes.end()};
  bytes.append(token.secret.begin(), token.secret.end());
  bytes.append(token.pin.begin(), token.pin.end());
  bytes += static_cast<char>(token.endpoints.size());
  for (const Endpoint& endpoint : token.endpoints) {
    assert(problem_of(endpoint).empty());
    bytes += static_cast<char>(endpoint.port >> 8U);
    bytes += static_cast<char>(endpoint.port & 255U);
    bytes += static_cast<char>(endpoint.host.size());
    bytes += endpoint.host;
  }
  bytes += checksum(bytes);
  return std::string{prefix} + base64url(bytes);
}

Result<Token> parse_token(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return not_a_token("it is empty");
  if (text.size() > max_token_text) return not_a_token("it is too long");
  if (!text.starts_with(prefix)) return not_a_token("it does not begin with sbr1.");
  const auto bytes = parse_base64url(text.substr(prefix.size()));
  if (!bytes || bytes->size() < checksum_size) return not_a_token("it is not base64url");
  const auto body = std::string_view{*bytes}.substr(0, bytes->size() - checksum_size);
  if (!bytes->ends_with(checksum(body))) return not_a_token("a part of it is missing or changed");

  Token token;
  Fields fields{body};
  fields.take(token.id.bytes);
  fields.take(token.secret);
  fields.take(token.pin);
  const std::size_t count = fields.number(1);
  if (count == 0 || count > max_endpoints) return not_a_token("its endpoints are not 1 to 8");
  for (std::size_t i = 0; i < count; ++i) {
    Endpoint endpoint;
    endpoint.port = static_cast<std::uint16_t>(fields.number(2));
    endpoint.host = fields.take(fields.number(1));
    if (const auto problem = problem_of(endpoint); !problem.empty())
      return not_a_token("an endpoint " + problem);
    token.endpoints.push_back(std::move(endpoint));
  }
  if (!fields.whole()) return not_a_token("its length is not that of its fields");
  return token;
}

}  // namespace sobriety::identity
