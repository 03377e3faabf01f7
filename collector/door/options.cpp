#include "collector/door/options.hpp"

#include "proto/runtime/values.hpp"

#include <arpa/inet.h>

#include <sstream>

namespace sobriety::collector {

namespace {

using namespace std::chrono_literals;

void read_tls(yaml::Section section, TelemetryOptions::Tls& tls) {
  section.read_optional("certificate", tls.certificate);
  section.read_optional("key", tls.key);
  section.read_optional("client_ca", tls.client_ca);
  const bool all = !tls.certificate.empty() && !tls.key.empty() && !tls.client_ca.empty();
  const bool none = tls.certificate.empty() && tls.key.empty() && tls.client_ca.empty();
  if (!all && !none)
    section.refuse("certificate", "certificate, key and client_ca go together: give all or none");
}

bool is_address(const std::string& text) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

}  // namespace

void read_telemetry(yaml::Section section, TelemetryOptions& options) {
  section.read("listen", options.listen, {0, 65535});
  if (!is_address(options.listen.host))
    section.refuse("listen",
                   "expected an address of this machine such as 127.0.0.1, 0.0.0.0 (all) "
                   "or [::], got '" +
                       yaml::shown(options.listen.host) + "'");
  section.read("plain", options.plain);
  read_tls(section.section("tls"), options.tls);
  if (options.plain && !is_loopback(options.listen))
    section.refuse("plain",
                   "without TLS only agents of this machine may come: listen on a loopback "
                   "address such as 127.0.0.1 or [::1], not on '" +
                       yaml::shown(options.listen.host) + "', or give tls");
  if (options.plain && options.tls.enabled())
    section.refuse("plain", "cannot be true where tls is given");
  section.read("max_connections", options.max_connections, {1, 1'000'000});
  options.max_connections_per_address = options.max_connections;
  section.read("max_connections_per_address", options.max_connections_per_address, {1, 1'000'000});
  section.read("max_handshakes", options.max_handshakes, {1, 1'000'000});
  section.read("max_handshakes_per_address", options.max_handshakes_per_address, {1, 1'000'000});
  section.read("handshake_timeout", options.handshake_timeout, {100ms, 10min});
  section.read("first_frame_timeout", options.first_frame_timeout, {100ms, 10min});
  section.read("min_rate", options.min_rate, {Bytes{64}, Bytes{1U << 30U}});
  section.read("idle_intervals", options.idle_intervals, {1, 1000});
  auto enrolment = section.section("enrolment");
  enrolment.read("per_minute", options.enrolment.per_minute, {1, 1'000'000});
  enrolment.read("per_minute_of_address", options.enrolment.per_minute_of_address, {1, 1'000'000});
  enrolment.read("at_once", options.enrolment.at_once, {1, 10'000});
}

std::string describe(const TelemetryOptions& options) {
  std::ostringstream out;
  out << "telemetry:\n"
      << "  listen: " << yaml::quoted_scalar(to_string(options.listen)) << "\n"
      << "  plain: " << (options.plain ? "true" : "false") << "\n"
      << "  tls:\n"
      << "    certificate: " << yaml::quoted_scalar(options.tls.certificate.string()) << "\n"
      << "    key: " << yaml::quoted_scalar(options.tls.key.string()) << "\n"
      << "    client_ca: " << yaml::quoted_scalar(options.tls.client_ca.string()) << "\n"
      << "  max_connections: " << options.max_connections << "\n"
      << "  max_connections_per_address: " << options.max_connections_per_address << "\n"
      << "  max_handshakes: " << options.max_handshakes << "\n"
      << "  max_handshakes_per_address: " << options.max_handshakes_per_address << "\n"
      << "  handshake_timeout: " << duration_text(options.handshake_timeout) << "\n"
      << "  first_frame_timeout: " << duration_text(options.first_frame_timeout) << "\n"
      << "  min_rate: " << size_text(options.min_rate) << "\n"
      << "  idle_intervals: " << options.idle_intervals << "\n"
      << "  enrolment:\n"
      << "    per_minute: " << options.enrolment.per_minute << "\n"
      << "    per_minute_of_address: " << options.enrolment.per_minute_of_address << "\n"
      << "    at_once: " << options.enrolment.at_once << "\n";
  return std::move(out).str();
}

Result<void> check_security(const TelemetryOptions& options, bool own_authority) {
  if (options.plain && !is_loopback(options.listen))
    return fail(Errc::malformed,
                "telemetry.plain: without TLS only agents of this machine may "
                "come: listen on 127.0.0.1 or [::1]");
  if (options.plain && own_authority)
    return fail(Errc::malformed,
                "telemetry.plain: cannot be true where identity.directory is given: agents that "
                "enrol connect by TLS");
  if (options.plain || options.tls.enabled() || own_authority) return success();
  return fail(Errc::malformed,
              "telemetry: agents connect by TLS, and there is no certificate for it: give "
              "telemetry.tls the files of an authority of yours, or make one by "
              "'sobriety-collector ca init' and name its directory in identity.directory, or, for "
              "trials on this machine alone, set telemetry.plain to true");
}

}  // namespace sobriety::collector
