#include "collector/web/web_config.hpp"

#include "collector/web/bcrypt.hpp"
#include "proto/runtime/values.hpp"
#include "proto/runtime/yaml_reader.hpp"

#include <algorithm>
#include <array>

namespace sobriety::collector {

namespace {

using namespace std::chrono_literals;

constexpr std::array<Choice<ClientAuth>, 5> client_auths{{
    {"NoClientCert", ClientAuth::none},
    {"RequestClientCert", ClientAuth::request},
    {"RequireAnyClientCert", ClientAuth::require_any},
    {"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
    {"RequireAndVerifyClientCert", ClientAuth::require},
}};

// Go's curves and what OpenSSL calls them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> curves{{
    {"CurveP256", "P-256"},
    {"CurveP384", "P-384"},
    {"CurveP521", "P-521"},
    {"X25519", "X25519"},
}};

// Header fields that may be set; values where only some are.
struct KnownHeader {
  std::string_view name;
  std::array<std::string_view, 2> values;
};
constexpr std::array<KnownHeader, 5> known_headers{{
    {"Content-Security-Policy", {}},
    {"X-Frame-Options", {"deny", "sameorigin"}},
    {"X-Content-Type-Options", {"nosniff"}},
    {"X-XSS-Protection", {}},
    {"Strict-Transport-Security", {}},
}};

void read_file(yaml::Section& section, std::string_view key, std::filesystem::path& file,
               const std::filesystem::path& directory) {
  section.read(key, file);
  if (!file.empty() && file.is_relative()) file = directory / file;
}

void read_version(yaml::Section& section, std::string_view key, TlsVersion& version,
                  std::vector<std::string>& notes) {
  std::string name = version == TlsVersion::tls12 ? "TLS12" : "TLS13";
  section.read(key, name, {1, 16});
  if (name == "TLS13") {
    version = TlsVersion::tls13;
  } else if (name == "TLS12") {
    version = TlsVersion::tls12;
  } else if ((name == "TLS10" || name == "TLS11") && key == "min_version") {
    notes.push_back("min_version: " + name + " is broken; TLS 1.2 is the least that is spoken");
    version = TlsVersion::tls12;
  } else {
    section.refuse(key, "expected TLS12 or TLS13, got '" + yaml::shown(name) + "'");
  }
}

void read_curves(yaml::Section& section, std::vector<std::string>& names) {
  std::vector<std::string> written;
  section.read("curve_preferences", written, {0, 16}, {1, 32});
  for (std::size_t i = 0; i < written.size(); ++i) {
    const auto known = std::find_if(curves.begin(), curves.end(),
                                    [&](const auto& curve) { return curve.first == written[i]; });
    if (known == curves.end())
      section.refuse_item("curve_preferences", i,
                          "expected CurveP256, CurveP384, CurveP521 or X25519, got '" +
                              yaml::shown(written[i]) + "'");
    else
      names.emplace_back(known->second);
  }
}

void check_clients(yaml::Section& section, const WebConfig::Tls& tls) {
  const bool verifies =
      tls.client_auth == ClientAuth::verify_if_given || tls.client_auth == ClientAuth::require;
  if (verifies && tls.client_ca.empty())
    section.refuse("client_auth_type", "needs client_ca_file: the authorities of the clients");
  if (tls.client_auth == ClientAuth::none && !tls.client_ca.empty())
    section.refuse("client_ca_file",
                   "has no effect without client_auth_type, such as RequireAndVerifyClientCert");
  if (tls.client_sans.empty()) return;
  if (tls.client_auth != ClientAuth::require && tls.client_auth != ClientAuth::require_any)
    section.refuse("client_allowed_sans",
                   "needs client_auth_type RequireAndVerifyClientCert: without a certificate there "
                   "is no name to compare");
}

void read_tls(yaml::Section section, WebConfig& config, const std::filesystem::path& directory) {
  for (const std::string& key : section.keys())
    if (key == "cert" || key == "key" || key == "client_ca")
      section.refuse(key, "is taken from a file only: name that in " + key + "_file");
  WebConfig::Tls tls;
  read_file(section, "cert_file", tls.certificate, directory);
  read_file(section, "key_file", tls.key, directory);
  section.read("client_auth_type", tls.client_auth, client_auths);
  read_file(section, "client_ca_file", tls.client_ca, directory);
  section.read("client_allowed_sans", tls.client_sans, {0, 1000}, {1, 1024});
  read_version(section, "min_version", tls.least, config.notes);
  read_version(section, "max_version", tls.most, config.notes);
  section.read("cipher_suites", tls.cipher_suites, {0, 64}, {1, 64});
  section.read("prefer_server_cipher_suites", tls.prefer_server_suites);
  read_curves(section, tls.curves);
  if (tls == WebConfig::Tls{}) return;  // a section without anything, which Prometheus takes too
  if (tls.certificate.empty()) section.refuse("cert_file", "is missing");
  if (tls.key.empty()) section.refuse("key_file", "is missing");
  if (tls.least > tls.most) section.refuse("max_version", "is below min_version");
  check_clients(section, tls);
  if (!tls.cipher_suites.empty() && tls.least == TlsVersion::tls13)
    config.notes.push_back("cipher_suites: TLS 1.3 has its own, which cannot be chosen");
  config.tls = std::move(tls);
}

void read_http(yaml::Section section, WebConfig& config) {
  bool http2 = false;
  section.read("http2", http2);
  if (http2) config.notes.push_back("http2: HTTP/2 is not spoken; clients are served by HTTP/1.1");
  auto headers = section.section("headers");
  for (const KnownHeader& known : known_headers) {
    std::string value;
    headers.read(known.name, value, {0, 1024});
    if (value.empty()) continue;
    const bool listed = known.values[0].empty() || value == known.values[0] ||
                        (value == known.values[1] && !known.values[1].empty());
    if (!listed)
      headers.refuse(known.name,
                     "expected " + std::string{known.values[0]} +
                         (known.values[1].empty() ? "" : " or " + std::string{known.values[1]}) +
                         ", got '" + yaml::shown(value) + "'");
    config.headers.emplace_back(known.name, std::move(value));
  }
}

void read_users(yaml::Section root, WebConfig& config) {
  constexpr std::size_t most_users = 1000;
  auto section = root.section("basic_auth_users");
  if (section.keys().size() > most_users)
    return root.refuse("basic_auth_users",
                       "has more than 1000 users: use client certificates or a proxy");
  for (const std::string& name : section.keys()) {
    WebConfig::User user{name, {}};
    section.read(name, user.hash, {1, 128});
    if (name.empty() || name.size() > 255 || name.find(':') != std::string::npos)
      section.refuse(name, "a user's name has 1 to 255 bytes and no colon");
    else if (!is_bcrypt(user.hash))
      section.refuse(name,
                     "expected a bcrypt hash of cost 4 to 16, as `htpasswd -nBC 10 \"\"` prints it "
                     "behind the colon");
    config.users.push_back(std::move(user));
  }
}

void read_rate_limit(yaml::Section section, WebConfig::RateLimit& limit) {
  std::string interval = "0";
  section.read("interval", interval, {1, 32});
  const auto read = interval == "0" ? 0ms : parse_duration(interval);
  if (!read || *read > 1h)
    section.refuse("interval",
                   "expected a duration up to 1h such as 100ms, or 0 for no limit, got '" +
                       yaml::shown(interval) + "'");
  else
    limit.interval = *read;
  section.read("burst", limit.burst, {1, 1'000'000});
}

}  // namespace

Result<WebConfig> read_web_config(const yaml::Document& document,
                                  const std::filesystem::path& directory) {
  WebConfig config;
  yaml::Reader reader{document};
  auto root = reader.root();
  read_tls(root.section("tls_server_config"), config, directory);
  read_http(root.section("http_server_config"), config);
  read_users(root, config);
  read_rate_limit(root.section("rate_limit"), config.rate_limit);
  return reader.finish(std::move(config));
}

Result<WebConfig> load_web_config(const std::filesystem::path& path) {
  BOOST_OUTCOME_TRY(const auto document, yaml::load(path));
  return read_web_config(document, path.parent_path());
}

std::string summary(const WebConfig& config) {
  std::string text = "plain HTTP";
  if (config.tls) {
    text = config.tls->least == TlsVersion::tls13  ? "TLS 1.3"
           : config.tls->most == TlsVersion::tls12 ? "TLS 1.2"
                                                   : "TLS 1.2 and 1.3";
    text += ", client certificates: " + std::string{name_of(client_auths, config.tls->client_auth)};
  }
  const auto users = config.users.size();
  text += ", " + std::to_string(users) + (users == 1 ? " user" : " users");
  if (config.rate_limit.interval > 0ms)
    text += ", a request every " + duration_text(config.rate_limit.interval);
  return text;
}

}  // namespace sobriety::collector
