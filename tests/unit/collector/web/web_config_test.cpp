#include "collector/web/web_config.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

const std::string hash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

Result<WebConfig> read(std::string_view text) {
  BOOST_OUTCOME_TRY(const auto document, yaml::parse(text, "web.yaml"));
  return read_web_config(document, "/etc/sobriety");
}

std::string error_of(std::string_view text) {
  const auto config = read(text);
  return config ? "" : config.error().message;
}

TEST(WebConfig, an_empty_file_protects_nothing) {
  for (const char* text : {"", "# nothing\n", "tls_server_config: {}\n", "basic_auth_users:\n"})
    EXPECT_EQ(read(text).value(), WebConfig{}) << text;
}

TEST(WebConfig, reads_every_key) {
  WebConfig expected;
  expected.tls = WebConfig::Tls{"/etc/sobriety/server.crt",
                                "/srv/server.key",
                                ClientAuth::require,
                                "/etc/sobriety/clients/ca.crt",
                                {"prometheus.example.org", "10.0.0.1"},
                                TlsVersion::tls12,
                                TlsVersion::tls12,
                                {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
                                false,
                                {"X25519", "P-256"}};
  expected.headers = {{"X-Frame-Options", "sameorigin"},
                      {"Strict-Transport-Security", "max-age=31536000"}};
  expected.users = {{"alice", hash}, {"bob", hash}};
  expected.rate_limit = {100ms, 20};
  expected.notes = {"http2: HTTP/2 is not spoken; clients are served by HTTP/1.1"};
  const auto config = read(R"(
tls_server_config:
  cert_file: server.crt
  key_file: /srv/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: clients/ca.crt
  client_allowed_sans: [prometheus.example.org, 10.0.0.1]
  min_version: TLS12
  max_version: TLS12
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: true
  headers:
    X-Frame-Options: sameorigin
    Strict-Transport-Security: max-age=31536000
    X-XSS-Protection: ""
basic_auth_users:
  alice: )" + hash + "\n  bob: '" +
                           hash + "'\nrate_limit: {interval: 100ms, burst: 20}\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config.value(), expected);
  EXPECT_EQ(summary(config.value()),
            "TLS 1.2, client certificates: RequireAndVerifyClientCert, 2 users, a request every "
            "100ms");
}

TEST(WebConfig, a_rate_limit_of_interval_0_is_none) {
  EXPECT_EQ(read("rate_limit: {interval: 0}").value().rate_limit.interval, 0ms);
  EXPECT_EQ(read("rate_limit: {interval: 0s}").value().rate_limit.interval, 0ms);
}

TEST(WebConfig, says_what_has_no_effect) {
  const auto config = read(
      "tls_server_config: {cert_file: c, key_file: k, min_version: TLS10}\n"
      "http_server_config: {http2: false}");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config.value().notes,
            std::vector<std::string>{
                "min_version: TLS10 is broken; TLS 1.2 is the least that is spoken"});
}

TEST(WebConfig, refuses_what_is_wrong_with_file_line_and_key) {
  struct Case {
    std::string text;
    std::string error;
  };
  const std::string tls = "tls_server_config:\n  cert_file: c\n  key_file: k\n";
  const Case cases[] = {
      {"tls_config: {}", "web.yaml:1: tls_config: unknown key"},
      {"tls_server_config:\n  cert_file: c", "web.yaml:1: tls_server_config.key_file: is missing"},
      {"tls_server_config:\n  key_file: k", "web.yaml:1: tls_server_config.cert_file: is missing"},
      {tls + "  cert: PEM",
       "web.yaml:4: tls_server_config.cert: is taken from a file only: name that in cert_file"},
      {tls + "  client_auth_type: RequireAndVerifyClientCert",
       "web.yaml:4: tls_server_config.client_auth_type: needs client_ca_file: the authorities of "
       "the clients"},
      {tls + "  client_auth_type: Everybody",
       "web.yaml:4: tls_server_config.client_auth_type: expected NoClientCert, RequestClientCert, "
       "RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert, got "
       "'Everybody'"},
      {tls + "  client_ca_file: ca",
       "web.yaml:4: tls_server_config.client_ca_file: has no effect without client_auth_type, such "
       "as RequireAndVerifyClientCert"},
      {tls + "  client_allowed_sans: [a]",
       "web.yaml:4: tls_server_config.client_allowed_sans: needs client_auth_type "
       "RequireAndVerifyClientCert: without a certificate there is no name to compare"},
      {tls + "  min_version: TLS13\n  max_version: TLS12",
       "web.yaml:5: tls_server_config.max_version: is below min_version"},
      {tls + "  max_version: TLS11",
       "web.yaml:4: tls_server_config.max_version: expected TLS12 or TLS13, got 'TLS11'"},
      {tls + "  min_version: SSL3",
       "web.yaml:4: tls_server_config.min_version: expected TLS12 or TLS13, got 'SSL3'"},
      {tls + "  curve_preferences:\n  - CurveP256\n  - CurveP257",
       "web.yaml:6: tls_server_config.curve_preferences[1]: expected CurveP256, CurveP384, "
       "CurveP521 or X25519, got 'CurveP257'"},
      {"http_server_config:\n  headers:\n    X-Frame-Options: allow",
       "web.yaml:3: http_server_config.headers.X-Frame-Options: expected deny or sameorigin, got "
       "'allow'"},
      {"http_server_config:\n  headers:\n    X-Content-Type-Options: sniff",
       "web.yaml:3: http_server_config.headers.X-Content-Type-Options: expected nosniff, got "
       "'sniff'"},
      {"http_server_config:\n  headers:\n    Set-Cookie: a",
       "web.yaml:3: http_server_config.headers.Set-Cookie: unknown key"},
      {"http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\r\\nSet-Cookie: b\"",
       "web.yaml:3: http_server_config.headers.X-XSS-Protection: control characters are not "
       "allowed"},
      {"basic_auth_users:\n  alice: secret",
       "web.yaml:2: basic_auth_users.alice: expected a bcrypt hash of cost 4 to 16, as `htpasswd "
       "-nBC 10 \"\"` prints it behind the colon"},
      {"basic_auth_users:\n  'a:b': " + hash,
       "web.yaml:2: basic_auth_users.a:b: a user's name has 1 to 255 bytes and no colon"},
      {"rate_limit:\n  interval: often",
       "web.yaml:2: rate_limit.interval: expected a duration up to 1h such as 100ms, or 0 for no "
       "limit, got 'often'"},
      {"rate_limit:\n  burst: 0",
       "web.yaml:2: rate_limit.burst: must be from 1 to 1000000, got '0'"},
  };
  for (const auto& [text, error] : cases)
    EXPECT_EQ(error_of(text).substr(0, error.size()), error) << text;
}

TEST(WebConfig, refuses_more_users_than_it_would_look_through) {
  std::string text = "basic_auth_users:\n";
  for (int i = 0; i <= 1000; ++i) text += "  user-" + std::to_string(i) + ": " + hash + '\n';
  EXPECT_NE(error_of(text).find("more than 1000 users"), std::string::npos);
}

TEST(WebConfig, has_an_example_that_is_sound) {
  const std::filesystem::path fixtures = SOBRIETY_FIXTURES;
  const auto example = (fixtures / "../../deploy/config/web.yaml").lexically_normal();
  const auto config = load_web_config(example);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config.value().tls);
  EXPECT_EQ(config.value().users.size(), 1U);
}

}  // namespace
}  // namespace sobriety::collector
