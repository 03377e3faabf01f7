#include "collector/config.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

Result<CollectorConfig> read(std::string_view text) {
  BOOST_OUTCOME_TRY(const auto document, yaml::parse(text, "collector.yaml"));
  return read_config(document);
}

std::string error_of(std::string_view text) {
  const auto config = read(text);
  return config ? "" : config.error().message;
}

constexpr std::string_view all_keys_changed = R"(
telemetry:
  listen: "[::]:0"
  tls: {certificate: /srv/server.pem, key: /srv/server.key, client_ca: /srv/clients.pem}
  max_connections: 50
  max_connections_per_address: 5
  max_handshakes: 40
  max_handshakes_per_address: 4
  handshake_timeout: 2s
  first_frame_timeout: 1500ms
  min_rate: 1KiB
  idle_intervals: 10
  enrolment: {per_minute: 30, per_minute_of_address: 3, at_once: 2}
web:
  listen: 127.0.0.9:80
  max_connections: 8
  config_file: /etc/web.yaml
  unprotected: true
identity:
  directory: /srv/identity
  names: [collector.example.org, 10.0.0.1]
  certificate_lifetime: 1d
  approval: manual
store:
  kind: memory
  path: /srv/sobriety.db
  months_of_hours: 24
remote_write:
  url: https://prometheus.example:9090/api/v1/write
  external_labels: {region: north, Cluster: a}
  outbox: 64MiB
  samples_per_request: 500
  timeout: 5s
  basic_auth: {username: collector, password_file: /etc/sobriety/password}
  tls: {ca: /srv/ca.pem, certificate: /srv/client.pem, key: /srv/client.key}
policy:
  file: /etc/sobriety/policy.yaml
report:
  organisation: "Ville d'Exemple"
  country: Belgique
  time_zone: Europe/Paris
privacy:
  min_group_size: 7
  host_detail: false
threads: 4
commit_interval: 1s
expose:
  hosts: false
log:
  level: warn
)";

TEST(CollectorConfig, is_the_defaults_for_an_empty_file) {
  for (const char* text : {"", "# nothing\n", "telemetry:\nweb: {}\n"})
    EXPECT_EQ(read(text).value(), CollectorConfig{}) << text;
}

TEST(CollectorConfig, reads_every_key) {
  const CollectorConfig expected{
      .telemetry = {{"::", 0},
                    false,
                    {"/srv/server.pem", "/srv/server.key", "/srv/clients.pem"},
                    50,
                    5,
                    40,
                    4,
                    2s,
                    1500ms,
                    Bytes{1024},
                    10,
                    {30, 3, 2}},
      .web = {{"127.0.0.9", 80}, 8, "/etc/web.yaml", true},
      .identity = {"/srv/identity", {"collector.example.org", "10.0.0.1"}, {24h, true}},
      .store = {"memory", "/srv/sobriety.db"},
      .months_of_hours = 24,
      .remote_write = {"https://prometheus.example:9090/api/v1/write",
                       {{"Cluster", "a"}, {"region", "north"}},
                       Bytes{64U << 20U},
                       500,
                       5s,
                       "collector",
                       "/etc/sobriety/password",
                       "",
                       "/srv/ca.pem",
                       "/srv/client.pem",
                       "/srv/client.key"},
      .policy_file = "/etc/sobriety/policy.yaml",
      .report = {"Ville d'Exemple", "Belgique", "Europe/Paris", {7, false}},
      .threads = 4,
      .commit_interval = 1s,
      .expose_hosts = false,
      .log_level = LogLevel::warn};
  EXPECT_EQ(read(all_keys_changed).value(), expected);
}

TEST(CollectorConfig, has_a_commented_example_that_is_the_defaults) {
  const std::filesystem::path fixtures = SOBRIETY_FIXTURES;
  const auto example = (fixtures / "../../deploy/config/collector.yaml").lexically_normal();
  const auto config = load_config(example);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config.value(), CollectorConfig{});
}

TEST(CollectorConfig, describes_itself_as_yaml_that_reads_back) {
  for (const auto text : {std::string_view{""}, all_keys_changed}) {
    const auto config = read(text).value();
    const auto again = read(describe(config));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again.value(), config);
  }
}

TEST(CollectorConfig, keeps_its_store_in_the_state_directory_of_systemd) {
  EXPECT_EQ(default_config(nullptr).store.path, "/var/lib/sobriety-collector/sobriety.db");
  EXPECT_EQ(default_config("/run/state:/run/other").store.path, "/run/state/sobriety.db");
  const auto document = yaml::parse("store:\n  months_of_hours: 1", "collector.yaml").value();
  EXPECT_EQ(read_config(document, default_config("/run/state")).value().store.path,
            "/run/state/sobriety.db");
}

TEST(CollectorConfig, a_web_port_that_others_reach_wants_protection_or_plain_words) {
  const auto problem = [](std::string_view web) {
    const auto checked = check_exposure(read("web: " + std::string{web}).value().web);
    return checked ? "" : checked.error().message;
  };
  for (const char* web :
       {"{listen: '127.0.0.1:80'}", "{listen: '[::1]:80'}", "{listen: '127.9.9.9:80'}",
        "{listen: '0.0.0.0:80', config_file: web.yaml}", "{listen: '[::]:80', unprotected: true}"})
    EXPECT_EQ(problem(web), "") << web;
  EXPECT_EQ(
      problem("{listen: '0.0.0.0:80'}"),
      "web.listen: '0.0.0.0' can be reached from other machines: name a file with TLS or users "
      "in web.config_file, or set web.unprotected: true, or listen on 127.0.0.1 or [::1]");
  EXPECT_NE(problem("{listen: '[::]:80'}"), "");
  EXPECT_NE(problem("{listen: '192.0.2.1:80'}"), "");
  EXPECT_NE(problem("{listen: 'localhost:80'}"), "");
}

TEST(CollectorConfig, takes_the_limit_of_an_address_from_the_limit_of_all) {
  EXPECT_EQ(read("telemetry: {max_connections: 20}").value().telemetry.max_connections_per_address,
            20U);
}

TEST(CollectorConfig, runs_with_tls_or_says_what_to_do) {
  const auto problem = [](std::string_view text) {
    const auto runs = check(read(text).value());
    return runs ? std::string{} : runs.error().message;
  };
  EXPECT_NE(problem("").find("telemetry.tls"), std::string::npos);
  EXPECT_NE(problem("").find("telemetry.plain"), std::string::npos);
  EXPECT_EQ(problem("telemetry: {plain: true}"), "");
  EXPECT_EQ(
      problem("telemetry: {listen: '0.0.0.0:1', tls: {certificate: a, key: b, client_ca: c}}"), "");
  EXPECT_EQ(problem("identity: {directory: a}"), "");
  EXPECT_NE(problem("identity: {directory: a}\ntelemetry: {plain: true}"), "");
  EXPECT_NE(problem("identity: {directory: a}\n"
                    "telemetry: {tls: {certificate: a, key: b, client_ca: c}}")
                .find("give one of them"),
            std::string::npos);
  // As the command line may make it.
  CollectorConfig config = read("telemetry: {plain: true}").value();
  config.telemetry.listen.host = "192.0.2.1";
  EXPECT_FALSE(check(config));
}

TEST(CollectorConfig, refuses_each_wrong_value_with_file_line_and_key) {
  struct Case {
    std::string_view text;
    std::string_view error;
  };
  const Case cases[] = {
      {"telemetri: {}", "collector.yaml:1: telemetri: unknown key, did you mean 'telemetry'?"},
      {"web:\n  port: 80", "collector.yaml:2: web.port: unknown key"},
      {"telemetry:\n  listen: localhost:18550",
       "collector.yaml:2: telemetry.listen: expected an address of this machine such as 127.0.0.1, "
       "0.0.0.0 (all) or [::], got 'localhost'"},
      {"telemetry:\n  listen: 0.0.0.0:18550\n  plain: true",
       "collector.yaml:3: telemetry.plain: without TLS only agents of this machine may come: "
       "listen on a loopback address such as 127.0.0.1 or [::1], not on '0.0.0.0', or give tls"},
      {"telemetry:\n  plain: true\n  tls: {certificate: a, key: b, client_ca: c}",
       "collector.yaml:2: telemetry.plain: cannot be true where tls is given"},
      {"telemetry:\n  tls:\n    certificate: a\n    key: b",
       "collector.yaml:3: telemetry.tls.certificate: certificate, key and client_ca go together: "
       "give all or none"},
      {"telemetry:\n  max_handshakes: 0",
       "collector.yaml:2: telemetry.max_handshakes: must be from 1 to 1000000, got '0'"},
      {"telemetry:\n  handshake_timeout: 11m",
       "collector.yaml:2: telemetry.handshake_timeout: must be from 100ms to 10m, got '11m'"},
      {"telemetry:\n  min_rate: 1B",
       "collector.yaml:2: telemetry.min_rate: must be from 64B to 1GiB, got '1B'"},
      {"telemetry:\n  enrolment:\n    per_minute: 0",
       "collector.yaml:3: telemetry.enrolment.per_minute: must be from 1 to 1000000, got '0'"},
      {"web:\n  listen: 18551",
       "collector.yaml:2: web.listen: expected host:port or [IPv6 address]:port, got '18551'"},
      {"web:\n  listen: 127.0.0.1:18550",
       "collector.yaml:2: web.listen: is the same as telemetry.listen"},
      {"telemetry:\n  max_connections: 0",
       "collector.yaml:2: telemetry.max_connections: must be from 1 to 1000000, got '0'"},
      {"telemetry:\n  max_connections_per_address: many",
       "collector.yaml:2: telemetry.max_connections_per_address: expected a whole number, got "
       "'many'"},
      {"telemetry:\n  first_frame_timeout: 0s",
       "collector.yaml:2: telemetry.first_frame_timeout: must be from 100ms to 10m, got '0s'"},
      {"telemetry:\n  idle_intervals: 0",
       "collector.yaml:2: telemetry.idle_intervals: must be from 1 to 1000, got '0'"},
      {"web:\n  max_connections: 65537",
       "collector.yaml:2: web.max_connections: must be from 1 to 65536, got '65537'"},
      {"identity:\n  names: [a b]",
       "collector.yaml:2: identity.names[0]: 'a b' is neither a DNS name nor an address"},
      {"identity:\n  certificate_lifetime: 9s",
       "collector.yaml:2: identity.certificate_lifetime: must be from 10s to 825d, got '9s'"},
      {"identity:\n  approval: never",
       "collector.yaml:2: identity.approval: expected automatic or manual, got 'never'"},
      {"store:\n  kind: paper",
       "collector.yaml:2: store.kind: expected sqlite or memory, got 'paper'"},
      {"store:\n  months_of_hours: 0",
       "collector.yaml:2: store.months_of_hours: must be from 1 to 1200, got '0'"},
      {"privacy:\n  min_group_size: 0",
       "collector.yaml:2: privacy.min_group_size: must be from 1 to 1000, got '0'"},
      {"threads: 257", "collector.yaml:1: threads: must be from 0 to 256, got '257'"},
      {"threads: -1", "collector.yaml:1: threads: must be from 0 to 256, got '-1'"},
      {"threads: auto", "collector.yaml:1: threads: expected a whole number, got 'auto'"},
      {"commit_interval: 0s",
       "collector.yaml:1: commit_interval: must be from 1ms to 10s, got '0s'"},
      {"commit_interval: 11s",
       "collector.yaml:1: commit_interval: must be from 1ms to 10s, got '11s'"},
      {"expose:\n  hosts: off",
       "collector.yaml:2: expose.hosts: expected true or false, got 'off'"},
      {"log:\n  level:",
       "collector.yaml:2: log.level: expected debug, info, warn or error, got nothing"},
      {"threads: 1\nthreads: 2", "collector.yaml:2: threads: is given twice, first in line 1"},
      {"[]", "collector.yaml:1: expected a mapping (keys and values), got a list"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(error_of(text), error) << text;
}

TEST(CollectorConfig, says_that_its_file_is_absent) {
  const auto config = load_config("/nonexistent/collector.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Errc::absent);
  EXPECT_EQ(config.error().message,
            "/nonexistent/collector.yaml: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace sobriety::collector
