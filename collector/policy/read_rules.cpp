#include "collector/policy/policy_reader.hpp"

#include <algorithm>

namespace sobriety::collector::policy {

namespace {

constexpr yaml::Range<double> watts{0, 100'000};
constexpr yaml::LengthBounds list_items{1, 1000};
constexpr std::size_t most_profiles = 1000;

void read_networks(yaml::Section& section, std::vector<Network>& networks) {
  std::vector<std::string> texts;
  section.read("address", texts, list_items, {1, 64});
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (const auto network = Network::parse(texts[i])) {
      networks.push_back(*network);
    } else {
      section.refuse_item(
          "address", i,
          "expected a network such as 10.20.0.0/16 (nothing set behind its prefix), "
          "got '" +
              yaml::shown(texts[i]) + "'");
    }
  }
}

void read_roles(yaml::Section& section, std::vector<Role>& asked) {
  std::vector<std::string> texts;
  section.read("role", texts, {1, role_count}, {1, 20});
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto found = std::ranges::find(roles, texts[i], &Choice<Role>::name);
    if (found != roles.end()) {
      asked.push_back(found->value);
    } else {
      section.refuse_item("role", i,
                          "expected server, workstation, laptop, thin, virtual or unknown, "
                          "got '" +
                              yaml::shown(texts[i]) + "'");
    }
  }
}

Match read_match(yaml::Section section) {
  Match match;
  const auto globs = [&section](std::string_view key, std::vector<std::string>& value) {
    section.read(key, value, list_items, name_length);
  };
  globs("hostname", match.hostname);
  read_networks(section, match.address);
  globs("tag", match.tag);
  globs("entity", match.entity);
  globs("location", match.location);
  globs("chassis", match.chassis);
  globs("virtualization", match.virtualization);
  globs("product", match.product);
  globs("cpu", match.cpu);
  globs("os", match.os);
  read_roles(section, match.role);
  return match;
}

template <class T, class... Range>
void read_if_there(yaml::Section& section, std::string_view key, std::optional<T>& value,
                   const Range&... range) {
  T read{};
  section.read(key, read, range...);
  if (has(section, key)) value = read;
}

std::optional<VcpuPower> read_vcpu(yaml::Section section) {
  VcpuPower vcpu;
  section.read("min", vcpu.min, watts);
  section.read("max", vcpu.max, watts);
  if (vcpu.max < vcpu.min) section.refuse("max", "must not be below min");
  return section.keys().empty() ? std::optional<VcpuPower>{} : vcpu;
}

void read_power_grant(yaml::Section& section, Grant& grant, const PolicyParts& parts) {
  grant.profile = read_text(section, "profile");
  if (grant.profile && !parts.profiles.contains(*grant.profile) &&
      find_profile(*grant.profile) == nullptr) {
    std::vector<std::string> known;
    for (const auto& [name, profile] : parts.profiles) known.push_back(name);
    for (const NamedProfile& profile : standard_profiles()) known.emplace_back(profile.name);
    refuse_reference(section, "profile", *grant.profile, known, "profile");
  }
  grant.rapl_generic = read_rapl(section.section("rapl"));
  grant.rapl_calibrated = read_rapl(section.section("rapl_calibrated"));
  grant.vcpu = read_vcpu(section.section("vcpu"));
  read_if_there(section, "tdp", grant.tdp, yaml::Range<double>{1, 100'000});
  read_if_there(section, "monitors", grant.monitors, yaml::Range<unsigned>{0, 16});
}

Grant read_grant(yaml::Section section, const PolicyParts& parts) {
  Grant grant;
  grant.site = read_text(section, "site");
  grant.department = read_text(section, "department");
  grant.owner = read_text(section, "owner");
  read_if_there(section, "role", grant.role, roles);
  grant.thresholds = read_text(section, "thresholds");
  if (grant.thresholds && !parts.named_thresholds.contains(*grant.thresholds)) {
    std::vector<std::string> known;
    for (const auto& [name, set] : parts.named_thresholds) known.push_back(name);
    refuse_reference(section, "thresholds", *grant.thresholds, known, "set of thresholds");
  }
  read_if_there(section, "off_out_of_hours", grant.off_out_of_hours);
  read_if_there(section, "counted", grant.counted);
  read_power_grant(section, grant, parts);
  return grant;
}

}  // namespace

std::optional<RaplToWall> read_rapl(yaml::Section section) {
  RaplToWall model;
  section.read("a", model.a, {-1000, 100'000});
  section.read("b", model.b, {0.1, 100});
  const auto keys = section.keys();
  if (keys.empty()) return std::nullopt;
  for (const auto* key : {"a", "b"})
    if (!has(section, key)) section.refuse(key, "is missing");
  return model;
}

void read_profiles(yaml::Section section, PolicyParts& parts) {
  const auto names = section.keys();
  for (const std::string& name : names) {
    auto entry = section.section(name);
    OwnProfile own;
    if (const NamedProfile* standard = find_profile(name))
      own = {standard->profile, standard->rapl_generic};
    entry.read("off", own.profile.off, watts);
    entry.read("sleep", own.profile.sleep, watts);
    entry.read("idle", own.profile.idle, watts);
    entry.read("max", own.profile.max, watts);
    if (own.profile.max < own.profile.idle) entry.refuse("max", "must not be below idle");
    if (const auto rapl = read_rapl(entry.section("rapl"))) own.rapl_generic = rapl;
    if (find_profile(name) == nullptr)
      for (const auto* key : {"off", "idle", "max"})
        if (!has(entry, key)) entry.refuse(key, "is missing");
    parts.profiles[name] = own;
  }
  if (names.size() > most_profiles)
    section.refuse(names[most_profiles], "is one too many: at most 1000");
}

void read_rules(yaml::Section section, PolicyParts& parts) {
  const auto names = section.keys();
  if (names.size() > most_groups)
    section.refuse(names[most_groups], "is one rule too many: at most " +
                                           std::to_string(most_groups) + ", got " +
                                           std::to_string(names.size()) +
                                           "; let the inventory file give sites and departments");
  parts.rules.reserve(names.size());
  for (const std::string& name : names) {
    auto entry = section.section(name);
    Rule rule{name, read_match(entry.section("match")), read_grant(entry.section("set"), parts)};
    parts.rules.push_back(std::move(rule));
  }
}

}  // namespace sobriety::collector::policy
