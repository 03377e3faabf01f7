// Prometheus' web configuration file, which exporters share: TLS, header fields, users and a rate
// limit of the HTTP port, under the keys that `promtool check web-config` knows.
//
// https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md describes
// it.
#pragma once

#include "proto/base/result.hpp"
#include "proto/runtime/yaml.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sobriety::collector {

// Of Go's crypto/tls, by whose names the file calls them.
enum class ClientAuth : std::uint8_t {
  none,             // NoClientCert
  request,          // RequestClientCert: asked for, not looked at
  require_any,      // RequireAnyClientCert: of whatever authority
  verify_if_given,  // VerifyClientCertIfGiven
  require,          // RequireAndVerifyClientCert
};
enum class TlsVersion : std::uint8_t { tls12, tls13 };

struct WebConfig {
  struct Tls {
    std::filesystem::path certificate;
    std::filesystem::path key;
    ClientAuth client_auth = ClientAuth::none;
    std::filesystem::path client_ca;
    std::vector<std::string> client_sans;  // of which a client's certificate must have one
    TlsVersion least = TlsVersion::tls12;
    TlsVersion most = TlsVersion::tls13;
    std::vector<std::string>
        cipher_suites;  // of TLS 1.2, by their IANA names; empty: OpenSSL's own
    bool prefer_server_suites = true;
    std::vector<std::string> curves;  // by OpenSSL's names; empty: OpenSSL's own

    bool operator==(const Tls&) const = default;
  };
  struct User {
    std::string name;
    std::string hash;  // is_bcrypt()

    bool operator==(const User&) const = default;
  };
  struct RateLimit {
    std::chrono::milliseconds interval{0};  // between requests; 0: no limit
    unsigned burst = 1;                     // requests at once after a pause

    bool operator==(const RateLimit&) const = default;
  };
  using Header = std::pair<std::string, std::string>;

  std::optional<Tls> tls;
  std::vector<Header> headers;
  std::vector<User> users;
  RateLimit rate_limit;
  std::vector<std::string> notes;  // what is in the file and has no effect, in words

  bool operator==(const WebConfig&) const = default;
};

// Files named in it lie beside it, in `directory`, unless their paths are absolute. An error lists
// all that is wrong, each with file, line and key.
[[nodiscard]] Result<WebConfig> read_web_config(const yaml::Document& document,
                                                const std::filesystem::path& directory);
[[nodiscard]] Result<WebConfig> load_web_config(const std::filesystem::path& path);

// In a line, for the log: what protects the port.
[[nodiscard]] std::string summary(const WebConfig& config);

}  // namespace sobriety::collector
