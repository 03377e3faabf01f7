#include "collector/policy/policy_reader.hpp"

#include <algorithm>

namespace sobriety::collector::policy {

namespace {

using namespace std::chrono_literals;

constexpr yaml::Range<double> ratio{0, 1};
constexpr yaml::Range<double> bytes_per_second{0, 1e12};

void read_quiet(yaml::Section section, QuietLimits& quiet) {
  section.read("cpu_ratio", quiet.cpu_ratio, ratio);
  section.read("cpu_cores", quiet.cpu_cores, {0, 1e5});
  section.read("network_received", quiet.network_received, bytes_per_second);
  section.read("network_sent", quiet.network_sent, bytes_per_second);
  section.read("disk", quiet.disk, bytes_per_second);
  section.read("gpu_ratio", quiet.gpu_ratio, ratio);
}

// A whole number of minutes.
void read_minutes(yaml::Section& section, std::string_view key, std::chrono::minutes& value) {
  std::chrono::milliseconds read = value;
  section.read(key, read, {1min, 24h});
  value = std::chrono::floor<std::chrono::minutes>(read);
  if (read != value) section.refuse(key, "expected whole minutes, such as 30m");
}

void read_days(yaml::Section& section, std::string_view key, std::chrono::days& value) {
  std::chrono::milliseconds read = value;
  section.read(key, read, {std::chrono::days{1}, std::chrono::days{3650}});
  value = std::chrono::floor<std::chrono::days>(read);
  if (read != value) section.refuse(key, "expected whole days, such as 30d");
}

void read_idle(yaml::Section section, IdleRule& idle) {
  read_minutes(section, "window", idle.window);
  section.read("quiet_share", idle.quiet_share, ratio);
  section.read("wake_buckets", idle.wake_buckets, {1, 60});
  section.read("wake_of", idle.wake_of, {1, 60});
  if (idle.wake_buckets > idle.wake_of) section.refuse("wake_buckets", "must not be over wake_of");
  read_minutes(section, "remote_session", idle.remote_session);
}

void read_long_quiet(yaml::Section section, LongQuiet& rule) {
  read_days(section, "after", rule.days);
  section.read("quiet_share", rule.quiet_share, ratio);
}

void read_verdict(yaml::Section section, VerdictRule& verdict) {
  read_long_quiet(section.section("underused"), verdict.underused);
  section.section("underused").read("cpu_p95", verdict.underused_cpu_p95, ratio);
  read_long_quiet(section.section("comatose"), verdict.comatose);
  read_days(section, "confirmed_after", verdict.confirmed);
  section.read("leave_below", verdict.leave_below, ratio);
  section.read("least_coverage", verdict.least_coverage, ratio);
  read_days(section, "least_age", verdict.least_age);
}

std::optional<Role> role_named(std::string_view name) {
  const auto found = std::ranges::find(roles, name, &Choice<Role>::name);
  if (found == roles.end()) return std::nullopt;
  return found->value;
}

}  // namespace

void read_thresholds(yaml::Section section, PolicyParts& parts) {
  const auto read = [&section](const std::string& name, Thresholds thresholds) {
    thresholds.name = name;
    auto set = section.section(name);
    read_quiet(set.section("quiet"), thresholds.quiet);
    read_idle(set.section("idle"), thresholds.idle);
    read_verdict(set.section("verdict"), thresholds.verdict);
    return std::make_shared<const Thresholds>(std::move(thresholds));
  };
  // Of roles first: the other sets begin as one of them.
  for (const auto& [name, role] : roles) {
    auto& of_role = parts.thresholds[static_cast<std::size_t>(role)];
    of_role = read(std::string{name}, *of_role);
    parts.named_thresholds[std::string{name}] = of_role;
  }
  for (const std::string& name : section.keys()) {
    if (role_named(name)) continue;
    Role like = Role::server;
    section.section(name).read("like", like, roles);
    parts.named_thresholds[name] = read(name, *parts.thresholds[static_cast<std::size_t>(like)]);
  }
}

}  // namespace sobriety::collector::policy
