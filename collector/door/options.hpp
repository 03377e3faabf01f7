// The configuration of the telemetry port: section `telemetry`.
#pragma once

#include "proto/base/units.hpp"
#include "proto/runtime/endpoint.hpp"
#include "proto/runtime/yaml_reader.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace sobriety::collector {

struct TelemetryOptions {
  Endpoint listen{"127.0.0.1", 18550};
  bool plain = false;  // no TLS, for agents of this machine

  // Certificates of an authority that is not ours; empty: there are none.
  struct Tls {
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::filesystem::path client_ca;

    [[nodiscard]] bool enabled() const { return !certificate.empty(); }
    bool operator==(const Tls&) const = default;
  } tls{};

  unsigned max_connections = 100'000;
  unsigned max_connections_per_address = 100'000;
  unsigned max_handshakes = 1024;
  unsigned max_handshakes_per_address = 256;
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds{15};
  std::chrono::milliseconds first_frame_timeout = std::chrono::seconds{10};
  Bytes min_rate{4U << 10U};    // a second, of a frame that has begun
  unsigned idle_intervals = 3;  // report intervals without a batch: the host is silent

  struct Enrolment {
    unsigned per_minute = 600;
    unsigned per_minute_of_address = 60;
    unsigned at_once = 32;

    bool operator==(const Enrolment&) const = default;
  } enrolment{};

  bool operator==(const TelemetryOptions&) const = default;
};

void read_telemetry(yaml::Section section, TelemetryOptions& options);
// The section as YAML that reads back as the same.
[[nodiscard]] std::string describe(const TelemetryOptions& options);

// Whether the port can be opened so: with TLS by `tls` or by an authority of our own, or plain on a
// loopback address. The error says what to do.
[[nodiscard]] Result<void> check_security(const TelemetryOptions& options, bool own_authority);

}  // namespace sobriety::collector
