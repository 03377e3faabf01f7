#include "collector/policy/rule.hpp"

#include "collector/policy/glob.hpp"

#include <algorithm>

namespace sobriety::collector::policy {

namespace {

bool hostname_matches(const std::vector<std::string>& patterns, std::string_view name) {
  return any_glob_matches(patterns, name) ||
         any_glob_matches(patterns, name.substr(0, name.find('.')));
}

bool address_matches(const std::vector<Network>& networks,
                     const std::optional<IpAddress>& address) {
  return networks.empty() || (address && std::ranges::any_of(networks, [&](const Network& network) {
                                return network.contains(*address);
                              }));
}

bool tag_matches(const std::vector<std::string>& patterns, const std::vector<std::string>& tags) {
  return patterns.empty() || std::ranges::any_of(tags, [&](const std::string& tag) {
           return any_glob_matches(patterns, tag);
         });
}

// What is not known matches nothing, not even `*`.
bool known_matches(const std::vector<std::string>& patterns, std::string_view text) {
  return patterns.empty() || (!text.empty() && any_glob_matches(patterns, text));
}

bool role_matches(const std::vector<Role>& roles_asked, const HostFacts& facts) {
  return roles_asked.empty() ||
         std::ranges::find(roles_asked, default_role(facts.chassis, facts.virtualization)) !=
             roles_asked.end();
}

}  // namespace

std::string_view first_mismatch(const Match& match, const Subject& subject, const Asset* asset) {
  const HostFacts& facts = subject.facts;
  if (!hostname_matches(match.hostname, subject.name)) return "hostname";
  if (!address_matches(match.address, subject.address)) return "address";
  if (!tag_matches(match.tag, subject.tags)) return "tag";
  if (!known_matches(match.entity, asset == nullptr ? "" : asset->entity)) return "entity";
  if (!known_matches(match.location, asset == nullptr ? "" : asset->location)) return "location";
  if (!known_matches(match.chassis, facts.chassis)) return "chassis";
  if (!known_matches(match.virtualization, facts.virtualization)) return "virtualization";
  if (!known_matches(match.product, facts.product)) return "product";
  if (!known_matches(match.cpu, facts.cpu_model)) return "cpu";
  if (!known_matches(match.os, facts.os)) return "os";
  if (!role_matches(match.role, facts)) return "role";
  return {};
}

}  // namespace sobriety::collector::policy
