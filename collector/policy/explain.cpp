#include "collector/policy/explain.hpp"

#include "proto/runtime/values.hpp"
#include "proto/runtime/yaml.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace sobriety::collector::policy {

namespace {

struct FactKey {
  std::string_view name;
  std::string HostFacts::*fact;
};
constexpr std::array fact_keys{
    FactKey{"chassis", &HostFacts::chassis}, FactKey{"virtualization", &HostFacts::virtualization},
    FactKey{"product", &HostFacts::product}, FactKey{"cpu", &HostFacts::cpu_model},
    FactKey{"os", &HostFacts::os}};

Result<void> take(Subject& subject, std::string_view key, std::string_view value) {
  const auto refuse = [](std::string message) { return fail(Errc::malformed, std::move(message)); };
  if (key == "tag") {
    subject.tags.emplace_back(value);
    return success();
  }
  if (key == "address") {
    subject.address = parse_address(value);
    if (subject.address) return success();
    return refuse("address: expected one such as 10.1.2.3, got '" + yaml::shown(value) + "'");
  }
  const auto found = std::ranges::find(fact_keys, key, &FactKey::name);
  if (found == fact_keys.end())
    return refuse("unknown key '" + yaml::shown(key) +
                  "'; there are address, tag, chassis, virtualization, product, cpu and os");
  subject.facts.*(found->fact) = value;
  return success();
}

void add(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

std::string asked(const Match& match) {
  std::string list;
  const auto texts = [&list](std::string_view key, const std::vector<std::string>& globs) {
    if (globs.empty()) return;
    std::string text{key};
    for (std::size_t i = 0; i < std::min<std::size_t>(globs.size(), 3); ++i)
      text += (i == 0 ? " " : " or ") + globs[i];
    add(list, text + (globs.size() > 3 ? " or …" : ""));
  };
  texts("hostname", match.hostname);
  if (!match.address.empty())
    add(list, "address in " + std::to_string(match.address.size()) +
                  (match.address.size() == 1 ? " network" : " networks"));
  texts("tag", match.tag);
  texts("entity", match.entity);
  texts("location", match.location);
  texts("chassis", match.chassis);
  texts("virtualization", match.virtualization);
  texts("product", match.product);
  texts("cpu", match.cpu);
  texts("os", match.os);
  std::vector<std::string> names;
  for (const Role role : match.role) names.emplace_back(to_string(role));
  texts("role", names);
  return list.empty() ? "every host" : list;
}

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

std::string given(const Grant& grant) {
  std::string list;
  if (grant.site) add(list, "site " + *grant.site);
  if (grant.department) add(list, "department " + *grant.department);
  if (grant.role) add(list, "role " + std::string{to_string(*grant.role)});
  if (grant.owner) add(list, "owner " + *grant.owner);
  if (grant.thresholds) add(list, "thresholds " + *grant.thresholds);
  if (grant.off_out_of_hours) add(list, "off out of hours: " + yes_or_no(*grant.off_out_of_hours));
  if (grant.counted) add(list, "counted: " + yes_or_no(*grant.counted));
  if (grant.profile) add(list, "profile " + *grant.profile);
  if (grant.rapl_generic) add(list, "RAPL to wall");
  if (grant.rapl_calibrated) add(list, "RAPL to wall, calibrated");
  if (grant.tdp) add(list, "TDP " + finite_text(*grant.tdp) + " W");
  if (grant.vcpu) add(list, "power of virtual processors");
  if (grant.monitors) add(list, "monitors " + std::to_string(*grant.monitors));
  return list.empty() ? "nothing" : list;
}

// How many machines of the inventory a rule matches, as far as the inventory can tell.
std::string matched(const Match& match, const AssetList& assets) {
  if (assets.size() == 0) return {};
  Match told;
  told.hostname = match.hostname;
  told.entity = match.entity;
  told.location = match.location;
  std::size_t count = 0;
  for (const auto& [name, asset] : assets.all()) {
    Subject subject;
    subject.name = name;
    if (first_mismatch(told, subject, &asset).empty()) ++count;
  }
  const bool asks_more = !match.address.empty() || !match.tag.empty() || !match.chassis.empty() ||
                         !match.virtualization.empty() || !match.product.empty() ||
                         !match.cpu.empty() || !match.os.empty() || !match.role.empty();
  return std::string{asks_more ? "; at most " : "; "} + std::to_string(count) +
         " of the inventory's " + std::to_string(assets.size());
}

std::string standing(const ExemptionRule& rule, Date today) {
  if (today > rule.until) return "over since the end of " + date_text(rule.until);
  if (today < rule.from) return "from " + date_text(rule.from) + " to " + date_text(rule.until);
  return "in force to the end of " + date_text(rule.until);
}

}  // namespace

Result<Subject> parse_subject(std::string_view text) {
  Subject subject;
  auto comma = text.find(',');
  subject.name = text.substr(0, comma);
  if (subject.name.empty())
    return fail(Errc::malformed,
                "expected the name of a host, and what is known of it behind commas");
  while (comma != std::string_view::npos) {
    text.remove_prefix(comma + 1);
    comma = text.find(',');
    const auto item = text.substr(0, comma);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos)
      return fail(Errc::malformed, "expected key=value, got '" + yaml::shown(item) + "'");
    BOOST_OUTCOME_TRY(take(subject, item.substr(0, equals), item.substr(equals + 1)));
  }
  return subject;
}

std::string explain_text(const Policy& policy, const Subject& subject, WallTime now) {
  const Explanation told = policy.explain(subject, now);
  std::ostringstream out;
  out << "rules that match:\n";
  for (const auto& [rule, mismatch] : told.rules) {
    out << "  " << (mismatch.empty() ? "yes " : "no  ") << rule;
    if (!mismatch.empty()) out << " (its " << mismatch << ")";
    out << '\n';
  }
  if (told.rules.empty()) out << "  none\n";
  out << subject.name << ":\n";
  for (const auto& [what, value, why] : told.reasons)
    out << "  " << what << ": " << value << " (" << why << ")\n";
  return std::move(out).str();
}

std::string summary_text(const LoadedPolicy& loaded, WallTime now) {
  const PolicyParts& parts = loaded.policy.parts();
  std::ostringstream out;
  out << parts.rules.size() << " rules, " << parts.sites.size() << " sites, " << parts.assets.size()
      << " machines in the inventory\n";
  for (const Rule& rule : parts.rules)
    out << "rule '" << rule.name << "': " << asked(rule.match) << " -> " << given(rule.grant)
        << matched(rule.match, parts.assets) << '\n';
  const Date today = parts.default_site.calendar->date_at(now);
  for (const ExemptionRule& rule : parts.exemptions)
    out << "exemption '" << rule.exemption.name << "' of " << rule.exemption.owner << ": "
        << standing(rule, today) << '\n';
  for (const std::string& note : loaded.notes) out << "note: " << note << '\n';
  return std::move(out).str();
}

}  // namespace sobriety::collector::policy
