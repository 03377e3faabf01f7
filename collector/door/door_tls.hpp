// TLS as the telemetry port speaks it: what a connection is for is said by ALPN, and with that
// whose certificate must be shown.
#pragma once

#include "proto/runtime/channel.hpp"
#include "proto/runtime/tls.hpp"

#include <cstdint>
#include <string_view>

namespace sobriety::collector {

// How handshakes end.
enum class Handshake : std::uint8_t {
  completed,
  no_certificate,
  expired,
  not_yet_valid,
  untrusted,  // of another authority, or not made for clients
  unfit,      // not TLS 1.3, no protocol of ours, or no TLS at all
  left,       // the other side ended it
  late,
  overloaded,  // too many at once
};
inline constexpr std::size_t handshake_count = 9;
[[nodiscard]] std::string_view to_string(Handshake handshake);

// A context for the telemetry port. Connections for telemetry must show a certificate of an
// authority in the bundle `client_ca`. Connections for enrolment are there only where they are
// `offered`; they may show one, and it may have expired less than late_renewal ago.
[[nodiscard]] Result<tls::Context> door_context(const tls::KeyFiles& own,
                                                const std::filesystem::path& client_ca,
                                                bool enrolment_offered);

// How a handshake ended that `channel` could not complete.
[[nodiscard]] Handshake failed_handshake(const Channel& channel);

}  // namespace sobriety::collector
