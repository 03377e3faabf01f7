// Enrolment and renewal as values, and their codec to the payloads of their frames: an agent asks
// for a certificate of its key, and the collector issues it, defers it or refuses.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::wire {

inline constexpr std::size_t max_certificate_request = 2 * 1024;  // one of P-256 has some 300 bytes
inline constexpr std::size_t max_certificate = 4 * 1024;
inline constexpr std::size_t max_certificates = 4;  // of each list in a reply

// What the token says.
struct EnrolSecret {
  IdBytes id{};
  std::array<std::uint8_t, 32> secret{};

  bool operator==(const EnrolSecret&) const = default;
};

struct EnrolRequest {
  std::optional<EnrolSecret> token;  // none: the connection's client certificate is renewed
  std::string certificate_request;   // PKCS #10, DER
  HostId host;  // the id that this host goes by so far; the reply has the one that it gets
  std::string host_name;
  std::string agent_version;

  bool operator==(const EnrolRequest&) const = default;
};

enum class EnrolResult : std::uint8_t {
  issued = 1,
  pending = 2,  // somebody has to approve it: ask again with the same request
  refused = 3,
  unavailable = 4,  // nothing was decided: ask again with the same request
};

struct EnrolReply {
  EnrolResult result = EnrolResult::refused;
  std::string message;                       // for people; empty where it is issued
  std::chrono::milliseconds retry_after{0};  // at the earliest; 0: at the agent's own pace
  // Of `issued`, certificates in DER:
  HostId host{};
  std::string certificate;
  std::vector<std::string> chain;        // what issued it, up to but without the root
  std::vector<std::string> authorities;  // the roots that servers are known by

  bool operator==(const EnrolReply&) const = default;
};

[[nodiscard]] std::string encode(const EnrolRequest& request);
[[nodiscard]] std::string encode(const EnrolReply& reply);
// Everything is checked but the DER within; errors are Errc::malformed.
[[nodiscard]] Result<EnrolRequest> decode_enrol_request(std::string_view payload);
[[nodiscard]] Result<EnrolReply> decode_enrol_reply(std::string_view payload);

}  // namespace sobriety::wire
