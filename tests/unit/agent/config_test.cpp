#include "agent/config.hpp"

#include <gtest/gtest.h>

#include <array>
#include <tuple>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::array kinds{SourceKind{"cpu", nullptr, ""}, SourceKind{"rapl", nullptr, ""},
                           SourceKind{"sensors", nullptr, ""}};

auto fields(const AgentConfig& c) {
  return std::tuple{c.collector.endpoint.value_or(Endpoint{}),
                    c.collector.token_file,
                    c.collector.plain,
                    c.collector.tls.certificate,
                    c.collector.tls.key,
                    c.collector.tls.ca,
                    c.collector.tls.server_name,
                    c.host.name,
                    c.host.state_directory,
                    c.sampling.interval,
                    c.sampling.batch,
                    c.spool.max_bytes,
                    c.spool.max_age,
                    c.spool.sync_interval,
                    c.spool.memory_bytes,
                    c.uplink.drain_rate,
                    c.roots.proc,
                    c.roots.sys,
                    c.sources.disabled,
                    c.sources.rapl_ceiling_watts,
                    c.sources.rapl_in_guest,
                    c.sources.sensor_scopes,
                    c.sources.interval,
                    c.sources.simulated_watts,
                    c.log_level};
}

Result<AgentConfig> read(std::string_view text) {
  BOOST_OUTCOME_TRY(const auto document, yaml::parse(text, "agent.yaml"));
  return read_config(document, {}, kinds);
}

std::string error_of(std::string_view text) {
  const auto config = read(text);
  return config ? "" : config.error().message;
}

constexpr std::string_view all_keys_changed = R"(
collector:
  endpoint: "[2001:db8::1]:443"
  token_file: /run/token
  tls: {certificate: own.pem, key: own.key, ca: roots.pem, server_name: collector.example}
host:
  name: "büro-7"
  state_directory: /srv/state
sampling:
  interval: 1m
  batch: 1000
spool:
  max_bytes: 1GiB
  max_age: 1h
  sync_interval: 1m
  memory_bytes: 64KiB
uplink:
  drain_rate: 1MiB
roots:
  proc: captured/proc
  sys: captured/sys
sources:
  disabled: [rapl, sensors]
  rapl_ceiling: 450.5
  rapl_in_guest: true
  sensor_scopes: {ina3221: machine, BAT0: machine}
  simulated_watts: 87.25
log:
  level: debug
)";

TEST(AgentConfig, is_the_defaults_for_an_empty_file) {
  for (const char* text : {"", "# nothing\n", "sampling:\nsources:\n"})
    EXPECT_EQ(fields(read(text).value()), fields({})) << text;
}

TEST(AgentConfig, reads_every_key) {
  const auto config = read(all_keys_changed);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(fields(config.value()),
            (std::tuple{Endpoint{"2001:db8::1", 443},
                        std::filesystem::path{"/run/token"},
                        false,
                        std::filesystem::path{"own.pem"},
                        std::filesystem::path{"own.key"},
                        std::filesystem::path{"roots.pem"},
                        std::string{"collector.example"},
                        std::string{"büro-7"},
                        std::filesystem::path{"/srv/state"},
                        std::chrono::milliseconds{60s},
                        1000U,
                        Bytes{1U << 30U},
                        std::chrono::milliseconds{1h},
                        std::chrono::milliseconds{1min},
                        Bytes{64U << 10U},
                        Bytes{1U << 20U},
                        std::filesystem::path{"captured/proc"},
                        std::filesystem::path{"captured/sys"},
                        std::vector<std::string>{"rapl", "sensors"},
                        450.5,
                        true,
                        std::map<std::string, EnergyScope>{{"BAT0", EnergyScope::machine},
                                                           {"ina3221", EnergyScope::machine}},
                        Elapsed{60s},
                        std::optional<double>{87.25},
                        LogLevel::debug}));
}

TEST(AgentConfig, has_a_commented_example_that_is_the_defaults) {
  const std::filesystem::path fixtures = SOBRIETY_FIXTURES;
  const auto example = (fixtures / "../../deploy/config/agent.yaml").lexically_normal();
  const auto config = load_config(example, {}, kinds);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(fields(config.value()), fields({}));
}

TEST(AgentConfig, describes_itself_as_yaml_that_reads_back) {
  for (const auto text :
       {std::string_view{""}, all_keys_changed, std::string_view{"host: {name: '\"\\ #'}"}}) {
    const auto config = read(text).value();
    const auto again = read(describe(config));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(fields(again.value()), fields(config));
  }
}

TEST(AgentConfig, keeps_its_state_where_systemd_says) {
  EXPECT_EQ(default_config(nullptr).host.state_directory, "/var/lib/sobriety-agent");
  EXPECT_EQ(default_config("").host.state_directory, "/var/lib/sobriety-agent");
  EXPECT_EQ(default_config("/run/state").host.state_directory, "/run/state");
  EXPECT_EQ(default_config("/run/state:/run/other").host.state_directory, "/run/state");

  const auto document = yaml::parse("host: {state_directory: /srv}", "agent.yaml").value();
  EXPECT_EQ(read_config(document, default_config("/run/state"), kinds).value().host.state_directory,
            "/srv");
}

TEST(AgentConfig, refuses_each_wrong_value_with_file_line_and_key) {
  struct Case {
    std::string_view text;
    std::string_view error;
  };
  const Case cases[] = {
      {"colector: {}", "agent.yaml:1: colector: unknown key, did you mean 'collector'?"},
      {"sampling:\n  intervall: 5s",
       "agent.yaml:2: sampling.intervall: unknown key, did you mean 'interval'?"},
      {"sampling:\n  interval: fast",
       "agent.yaml:2: sampling.interval: expected a duration such as 5s or 1m, got 'fast'"},
      {"sampling:\n  interval: 999ms",
       "agent.yaml:2: sampling.interval: must be from 1s to 1m, got '999ms'"},
      {"sampling:\n  interval: 61s",
       "agent.yaml:2: sampling.interval: must be from 1s to 1m, got '61s'"},
      {"sampling:\n  batch: 0", "agent.yaml:2: sampling.batch: must be from 1 to 1000, got '0'"},
      {"sampling:\n  batch: 1001",
       "agent.yaml:2: sampling.batch: must be from 1 to 1000, got '1001'"},
      {"sampling:\n  batch: six",
       "agent.yaml:2: sampling.batch: expected a whole number, got 'six'"},
      {"sampling:\n  batch: 6\n  batch: 7",
       "agent.yaml:3: sampling.batch: is given twice, first in line 2"},
      {"collector:\n  endpoint: localhost",
       "agent.yaml:2: collector.endpoint: expected host:port or [IPv6 address]:port, got "
       "'localhost'"},
      {"collector:\n  endpoint: a:0",
       "agent.yaml:2: collector.endpoint: the port must be from 1 to 65535, got 'a:0'"},
      {"collector:\n  endpoint: 192.0.2.1:18550\n  plain: true",
       "agent.yaml:3: collector.plain: without TLS samples go to a collector on this machine only: "
       "give a loopback address such as 127.0.0.1 or [::1], not '192.0.2.1'"},
      {"collector: 127.0.0.1:18550",
       "agent.yaml:1: collector: expected a mapping (keys and values), got '127.0.0.1:18550'"},
      {"host:\n  state_directory: ''", "agent.yaml:2: host.state_directory: must not be empty"},
      {"host:\n  name: [a]", "agent.yaml:2: host.name: expected a text, got a list"},
      {"spool:\n  memory_bytes: 1KiB",
       "agent.yaml:2: spool.memory_bytes: must be from 64KiB to 1GiB, got '1KiB'"},
      {"spool:\n  sync_interval: 500ms",
       "agent.yaml:2: spool.sync_interval: must be from 1s to 1h, got '500ms'"},
      {"spool:\n  max_bytes: much",
       "agent.yaml:2: spool.max_bytes: expected a size such as 64MiB or 1GB, got 'much'"},
      {"sources:\n  disabled: [cpu, rapel]",
       "agent.yaml:2: sources.disabled[1]: unknown source 'rapel', did you mean 'rapl'?"},
      {"sources:\n  disabled:\n    - gpu",
       "agent.yaml:3: sources.disabled[0]: unknown source 'gpu', did you mean 'cpu'?"},
      {"sources:\n  disabled: rapl",
       "agent.yaml:2: sources.disabled: expected a list such as [a, b], got 'rapl'"},
      {"sources:\n  rapl_ceiling: .inf",
       "agent.yaml:2: sources.rapl_ceiling: expected a number, got '.inf'"},
      {"sources:\n  sensor_scopes:\n    k10temp: heat",
       "agent.yaml:3: sources.sensor_scopes.k10temp: expected machine, cpu, memory, gpu, platform "
       "or other, got 'heat'"},
      {"sources:\n  sensor_scopes: {ina3221-i2c: cpu}",
       "agent.yaml:2: sources.sensor_scopes.ina3221-i2c: expected the name of a chip such as "
       "ina3221"},
      {"sources:\n  sensor_scopes: [a]",
       "agent.yaml:2: sources.sensor_scopes: expected a mapping (keys and values), got a list"},
      {"sources:\n  rapl_in_guest: 1",
       "agent.yaml:2: sources.rapl_in_guest: expected true or false, got '1'"},
      {"sources:\n  simulated_watts: -1",
       "agent.yaml:2: sources.simulated_watts: must be from 0 to 100000, got '-1'"},
      {"log:\n  level: loud",
       "agent.yaml:2: log.level: expected debug, info, warn or error, got 'loud'"},
      {"- sampling", "agent.yaml:1: expected a mapping (keys and values), got a list"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(error_of(text), error) << text;
}

TEST(AgentConfig, reports_everything_that_is_wrong_at_once) {
  EXPECT_EQ(error_of("sampling:\n  interval: 0s\n  batch: many\nspol: 1\nlog: {level: 5}\n"),
            "agent.yaml:2: sampling.interval: must be from 1s to 1m, got '0s'\n"
            "agent.yaml:3: sampling.batch: expected a whole number, got 'many'\n"
            "agent.yaml:4: spol: unknown key, did you mean 'spool'?\n"
            "agent.yaml:5: log.level: expected debug, info, warn or error, got '5'");
}

TEST(AgentConfig, says_that_its_file_is_absent) {
  const auto config = load_config("/nonexistent/agent.yaml", {}, kinds);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Errc::absent);
  EXPECT_EQ(config.error().message,
            "/nonexistent/agent.yaml: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace sobriety::agent
