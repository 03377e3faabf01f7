#include "collector/config.hpp"

#include "collector/store/store.hpp"
#include "proto/runtime/values.hpp"
#include "proto/runtime/yaml_reader.hpp"

#include <sstream>

namespace sobriety::collector {

namespace {

using namespace std::chrono_literals;

void read_web(yaml::Section section, CollectorConfig::Web& web, const Endpoint& telemetry) {
  section.read("listen", web.listen, {0, 65535});
  if (web.listen == telemetry && telemetry.port != 0)
    section.refuse("listen", "is the same as telemetry.listen");
  section.read("max_connections", web.max_connections, {1, 65'536});
  section.read_optional("config_file", web.config_file);
  section.read("unprotected", web.unprotected);
}

void read_store(yaml::Section section, CollectorConfig& config) {
  std::string kind = config.store.kind;
  section.read("kind", kind, {1, 32});
  section.read("path", config.store.path);
  section.read("months_of_hours", config.months_of_hours, {1, 1200});
  std::string known;
  for (const StoreKind& row : store_kinds()) {
    if (row.name == kind) config.store.kind = kind;
    known += known.empty() ? "" : " or ";
    known += row.name;
  }
  if (config.store.kind != kind)
    section.refuse("kind", "expected " + known + ", got '" + yaml::shown(kind) + "'");
}

}  // namespace

CollectorConfig default_config(const char* state_directory) {
  CollectorConfig config;
  const std::string_view directories = state_directory == nullptr ? "" : state_directory;
  // systemd separates several directories by colons; ours is the first.
  if (const auto first = directories.substr(0, directories.find(':')); !first.empty())
    config.store.path = std::filesystem::path{first} / config.store.path.filename();
  return config;
}

bool is_exposed(const CollectorConfig::Web& web) {
  return !is_loopback(web.listen) && !web.unprotected;
}

Result<void> check_exposure(const CollectorConfig::Web& web) {
  if (!is_exposed(web) || !web.config_file.empty()) return success();
  return fail(Errc::malformed,
              "web.listen: '" + yaml::shown(web.listen.host) +
                  "' can be reached from other machines: name a file with TLS or users in "
                  "web.config_file, or set web.unprotected: true, or listen on 127.0.0.1 or [::1]");
}

Result<CollectorConfig> load_config(const std::filesystem::path& path,
                                    const CollectorConfig& defaults) {
  BOOST_OUTCOME_TRY(const auto document, yaml::load(path));
  BOOST_OUTCOME_TRY(auto config, read_config(document, defaults));
  if (!config.policy_file.empty()) config.policy_file = path.parent_path() / config.policy_file;
  return config;
}

Result<CollectorConfig> read_config(const yaml::Document& document,
                                    const CollectorConfig& defaults) {
  CollectorConfig config = defaults;
  yaml::Reader reader{document};
  auto root = reader.root();
  read_telemetry(root.section("telemetry"), config.telemetry);
  read_web(root.section("web"), config.web, config.telemetry.listen);
  read_identity(root.section("identity"), config.identity);
  read_store(root.section("store"), config);
  remote::read_remote_write(root.section("remote_write"), config.remote_write);
  root.section("policy").read("file", config.policy_file);
  report::read_report(root.section("report"), config.report);
  report::read_privacy(root.section("privacy"), config.report.privacy);
  root.read("threads", config.threads, {0, 256});
  root.read("commit_interval", config.commit_interval, {1ms, 10s});
  root.section("expose").read("hosts", config.expose_hosts);
  root.section("log").read("level", config.log_level, log_levels);
  return reader.finish(std::move(config));
}

Result<void> check(const CollectorConfig& config) {
  if (config.identity.enabled() && config.telemetry.tls.enabled())
    return fail(Errc::malformed,
                "telemetry.tls and identity.directory: agents' certificates are of an authority of "
                "yours or of the collector's own; give one of them");
  return check_security(config.telemetry, config.identity.enabled());
}

std::string describe(const CollectorConfig& config) {
  const auto& [telemetry, web, identity, store, months_of_hours, remote_write, policy_file, report,
               threads, commit_interval, expose_hosts, log_level] = config;
  std::ostringstream out;
  out << describe(telemetry) << "web:\n"
      << "  listen: " << yaml::quoted_scalar(to_string(web.listen)) << "\n"
      << "  max_connections: " << web.max_connections << "\n"
      << "  config_file: " << yaml::quoted_scalar(web.config_file.string()) << "\n"
      << "  unprotected: " << (web.unprotected ? "true" : "false") << "\n"
      << describe(identity) << "store:\n"
      << "  kind: " << store.kind << "\n"
      << "  path: " << yaml::quoted_scalar(store.path.string()) << "\n"
      << "  months_of_hours: " << months_of_hours << "\n";
  out << remote::describe(remote_write);
  if (!policy_file.empty())
    out << "policy:\n  file: " << yaml::quoted_scalar(policy_file.string()) << "\n";
  out << report::describe(report) << "threads: " << threads << "\n"
      << "commit_interval: " << duration_text(commit_interval) << "\n"
      << "expose:\n"
      << "  hosts: " << (expose_hosts ? "true" : "false") << "\n"
      << "log:\n"
      << "  level: " << name_of(log_levels, log_level) << "\n";
  return std::move(out).str();
}

}  // namespace sobriety::collector
