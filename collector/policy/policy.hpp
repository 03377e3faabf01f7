// The policy of a fleet: rules in their order, and what each host gets from them. Immutable once
// built.
//
// For each thing that rules can say (site, department, role, …) that rule counts which is the first
// to match the host and to say it; then the inventory file, then the host's own facts, then
// defaults.
#pragma once

#include "collector/policy/host_policy.hpp"
#include "collector/policy/inventory.hpp"
#include "collector/policy/rule.hpp"
#include "collector/policy/subject.hpp"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

// Rules at most, and pairs of site and department at most.
inline constexpr std::size_t most_groups = 10'000;

// What sites differ in.
struct Site {
  std::shared_ptr<const Calendar> calendar;  // never null
  double pue = 1;
  std::optional<Tariff> tariff;
  std::shared_ptr<const CarbonZone> carbon;
};

// Hosts that are meant to run, by their names (globs).
struct ExemptionRule {
  std::vector<std::string> hostname;
  Date from{std::chrono::year{1970}, std::chrono::January, std::chrono::day{1}};
  Date until;           // the last day, on the calendar of the host's site
  Exemption exemption;  // without its times
};

struct OwnProfile {
  PowerProfile profile;
  std::optional<RaplToWall> rapl_generic;
};

// Everything that a policy is made of. As it is here, it is what a collector does without a file.
struct PolicyParts {
  Site default_site;                               // of hosts whose site is not in `sites`
  std::map<std::string, Site, std::less<>> sites;  // by name
  std::vector<Rule> rules;
  AssetList assets;
  bool department_by_entity = true;  // of the inventory, where no rule gives one
  bool site_by_location = true;
  std::array<std::shared_ptr<const Thresholds>, role_count> thresholds;  // by role, never null
  std::map<std::string, std::shared_ptr<const Thresholds>, std::less<>> named_thresholds;
  std::map<std::string, OwnProfile, std::less<>>
      profiles;  // besides the standard ones, or over them
  std::vector<ExemptionRule> exemptions;
  std::map<std::pair<std::string, std::string>, unsigned> headcounts;  // by site and department

  PolicyParts();
};

// One thing that a host has, and what gave it: "role", "laptop", "its chassis is laptop".
struct Reason {
  std::string what;
  std::string value;
  std::string why;
};

struct Explanation {
  struct RuleOutcome {
    std::string rule;
    std::string mismatch;  // what of the host is not as the rule asks; empty: it matches
  };
  std::vector<RuleOutcome> rules;  // in their order
  std::vector<Reason> reasons;
};

class Policy {
 public:
  Policy() = default;
  explicit Policy(PolicyParts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] HostPolicy of(const Subject& subject) const;
  // The same in words, rule by rule and thing by thing. `at`: when, for exemptions.
  [[nodiscard]] Explanation explain(const Subject& subject, WallTime at) const;

  [[nodiscard]] const PolicyParts& parts() const { return parts_; }
  [[nodiscard]] std::optional<unsigned> headcount(std::string_view site,
                                                  std::string_view department) const;

 private:
  PolicyParts parts_;
};

}  // namespace sobriety::collector::policy
