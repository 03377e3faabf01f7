// A rule of the policy: which hosts it is about, and what it says of them.
#pragma once

#include "collector/policy/address.hpp"
#include "collector/policy/inventory.hpp"
#include "collector/policy/power_model.hpp"
#include "collector/policy/role.hpp"
#include "collector/policy/subject.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

// Each list that is not empty must have an item that matches. Texts are globs; that of a host's
// name may match it with or without its domain.
struct Match {
  std::vector<std::string> hostname;
  std::vector<Network> address;
  std::vector<std::string> tag;       // of the agent
  std::vector<std::string> entity;    // of the inventory file
  std::vector<std::string> location;  // of the inventory file
  std::vector<std::string> chassis;
  std::vector<std::string> virtualization;
  std::vector<std::string> product;
  std::vector<std::string> cpu;  // model
  std::vector<std::string> os;
  std::vector<Role> role;  // as the host's facts have it, not as rules do
};

// The first thing that `match` asks for and the host is not: "hostname"; empty: it matches.
// `asset`: what the inventory file has of the host, or null.
[[nodiscard]] std::string_view first_mismatch(const Match& match, const Subject& subject,
                                              const Asset* asset);

// What is empty is left to later rules.
struct Grant {
  std::optional<std::string> site;
  std::optional<std::string> department;
  std::optional<Role> role;
  std::optional<std::string> owner;
  std::optional<std::string> thresholds;  // name of a set
  std::optional<bool> off_out_of_hours;
  std::optional<bool> counted;
  std::optional<std::string> profile;  // name
  std::optional<RaplToWall> rapl_generic;
  std::optional<RaplToWall> rapl_calibrated;
  std::optional<double> tdp;
  std::optional<VcpuPower> vcpu;
  std::optional<unsigned> monitors;
};

struct Rule {
  std::string name;
  Match match;
  Grant grant;
};

}  // namespace sobriety::collector::policy
