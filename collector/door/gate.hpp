// Whether an agent's certificate, which its authority has signed, is to be let in.
#pragma once

#include "proto/base/units.hpp"
#include "proto/runtime/tls.hpp"

#include <cstdint>
#include <string_view>

namespace sobriety::collector {

enum class Admission : std::uint8_t {
  allowed,
  revoked,  // it was good once
  unknown,  // its authority's signature is good, but nobody here issued or approved it
  pending,  // an approval is still to come
};
[[nodiscard]] constexpr std::string_view to_string(Admission admission) {
  switch (admission) {
    case Admission::allowed:
      return "allowed";
    case Admission::revoked:
      return "revoked";
    case Admission::unknown:
      return "unknown";
    case Admission::pending:
      return "pending";
  }
  return "unknown";
}

class PeerGate {
 public:
  virtual ~PeerGate() = default;
  // Asked on network threads, once behind the handshake and once more when the session begins:
  // thread-safe and cheap.
  [[nodiscard]] virtual Admission admit(const tls::PeerCertificate& peer, WallTime now) = 0;
};

// With an external authority there is nobody to ask: its signature is the admission.
class OpenGate final : public PeerGate {
 public:
  [[nodiscard]] Admission admit(const tls::PeerCertificate&, WallTime) override {
    return Admission::allowed;
  }
};

}  // namespace sobriety::collector
