#include "collector/policy/policy.hpp"

#include "collector/policy/glob.hpp"
#include "proto/runtime/values.hpp"

#include <algorithm>

namespace sobriety::collector::policy {

namespace {

std::string by_rule(const Rule& rule) { return "rule '" + rule.name + "'"; }

std::string tariff_text(const Tariff& tariff) {
  std::string text = finite_text(tariff.per_kwh) + " " + tariff.currency + "/kWh";
  if (tariff.peak != nullptr)
    text += ", " + finite_text(tariff.off_peak_per_kwh) + " outside the hours of '" +
            tariff.peak->name() + "'";
  return text;
}

// One host against a policy. What it finds, it can tell.
class Resolution {
 public:
  Resolution(const PolicyParts& parts, const Subject& subject, Explanation* told)
      : parts_(parts), subject_(subject), asset_(parts.assets.find(subject.name)), told_(told) {
    for (const Rule& rule : parts.rules) {
      const auto mismatch = first_mismatch(rule.match, subject, asset_);
      if (mismatch.empty()) matching_.push_back(&rule);
      if (told != nullptr) told->rules.push_back({rule.name, std::string{mismatch}});
    }
  }

  HostPolicy resolve() {
    HostPolicy host;
    resolve_group(host);
    resolve_site(host);
    resolve_judgement(host);
    resolve_power(host);
    resolve_exemptions(host);
    return host;
  }

 private:
  void tell(std::string_view what, std::string value, std::string why) {
    if (told_ != nullptr)
      told_->reasons.push_back({std::string{what}, std::move(value), std::move(why)});
  }

  // The first matching rule that says `member`; null: none does.
  template <class T>
  const Rule* rule_with(std::optional<T> Grant::*member) const {
    const auto found = std::ranges::find_if(
        matching_, [member](const Rule* rule) { return (rule->grant.*member).has_value(); });
    return found == matching_.end() ? nullptr : *found;
  }

  std::string place(std::optional<std::string> Grant::*member, std::string_view what,
                    std::string Asset::*of_asset, bool by_asset) {
    std::string value{unassigned};
    std::string why = "no rule gives one, nor does the inventory";
    if (const Rule* rule = rule_with(member)) {
      value = *(rule->grant.*member);
      why = by_rule(*rule);
    } else if (by_asset && asset_ != nullptr && !(asset_->*of_asset).empty()) {
      value = asset_->*of_asset;
      why = "the inventory";
    }
    tell(what, value, std::move(why));
    return value;
  }

  void resolve_group(HostPolicy& host) {
    host.group.site = place(&Grant::site, "site", &Asset::location, parts_.site_by_location);
    host.group.department =
        place(&Grant::department, "department", &Asset::entity, parts_.department_by_entity);
    host.group.role = role();
    if (const Rule* rule = rule_with(&Grant::owner)) {
      host.owner = *rule->grant.owner;
      tell("owner", host.owner, by_rule(*rule));
    } else if (asset_ != nullptr && !asset_->owner.empty()) {
      host.owner = asset_->owner;
      tell("owner", host.owner, "the inventory");
    }
    if (asset_ != nullptr) host.purchased = asset_->purchased;
  }

  Role role() {
    if (const Rule* rule = rule_with(&Grant::role)) {
      tell("role", std::string{to_string(*rule->grant.role)}, by_rule(*rule));
      return *rule->grant.role;
    }
    const HostFacts& facts = subject_.facts;
    const Role role = default_role(facts.chassis, facts.virtualization);
    const auto or_unknown = [](const std::string& text) { return text.empty() ? "unknown" : text; };
    tell("role", std::string{to_string(role)},
         "chassis " + or_unknown(facts.chassis) + ", virtualization " +
             or_unknown(facts.virtualization));
    return role;
  }

  void resolve_site(HostPolicy& host) {
    const auto found = parts_.sites.find(host.group.site);
    const bool own = found != parts_.sites.end();
    const Site& site = own ? found->second : parts_.default_site;
    const std::string why = own ? "site '" + host.group.site + "'" : "the default of sites";
    host.calendar = site.calendar;
    tell("calendar", site.calendar->name(), why);
    host.tariff = site.tariff;
    tell("tariff", site.tariff ? tariff_text(*site.tariff) : "none", why);
    host.carbon = site.carbon;
    tell("carbon zone", site.carbon ? site.carbon->name() : "none", why);
    const bool in_room = host.group.role == Role::server;
    host.pue = in_room ? site.pue : 1;
    tell("pue", finite_text(host.pue), in_room ? why : "only servers have one");
  }

  void resolve_judgement(HostPolicy& host) {
    const Role role = host.group.role;
    if (const Rule* rule = rule_with(&Grant::thresholds)) {
      host.thresholds = parts_.named_thresholds.at(*rule->grant.thresholds);
      tell("thresholds", host.thresholds->name, by_rule(*rule));
    } else {
      host.thresholds = parts_.thresholds[static_cast<std::size_t>(role)];
      tell("thresholds", host.thresholds->name, "its role");
    }
    const Rule* off = rule_with(&Grant::off_out_of_hours);
    host.off_out_of_hours = off == nullptr ? is_personal(role) : *off->grant.off_out_of_hours;
    tell("off out of hours", host.off_out_of_hours ? "yes" : "no",
         off == nullptr ? "its role" : by_rule(*off));
    const Rule* counted = rule_with(&Grant::counted);
    if (counted == nullptr) return;
    host.counted = *counted->grant.counted;
    tell("counted in totals", host.counted ? "yes" : "no", by_rule(*counted));
  }

  // Whether `value` was given by a rule.
  template <class T>
  bool grant(std::optional<T> Grant::*member, T& value, std::string_view what,
             std::string (*text)(const T&)) {
    const Rule* rule = rule_with(member);
    if (rule == nullptr) return false;
    value = *(rule->grant.*member);
    tell(what, text(value), by_rule(*rule));
    return true;
  }
  template <class T>
  void grant(std::optional<T> Grant::*member, std::optional<T>& value, std::string_view what,
             std::string (*text)(const T&)) {
    T given{};
    if (grant(member, given, what, text)) value = given;
  }

  void resolve_profile(HostPolicy& host) {
    PowerModel& power = host.power;
    power.name = default_profile(host.group.role);
    const Rule* rule = rule_with(&Grant::profile);
    if (rule != nullptr) power.name = *rule->grant.profile;
    if (const auto own = parts_.profiles.find(power.name); own != parts_.profiles.end()) {
      power.profile = own->second.profile;
      power.rapl_generic = own->second.rapl_generic;
    } else if (const NamedProfile* standard = find_profile(power.name)) {
      power.profile = standard->profile;
      power.rapl_generic = standard->rapl_generic;
    }
    tell("power profile", power.name.empty() ? "none" : power.name,
         rule == nullptr ? "its role" : by_rule(*rule));
  }

  void resolve_power(HostPolicy& host) {
    PowerModel& power = host.power;
    const auto line = [](const RaplToWall& model) {
      return finite_text(model.a) + " W + " + finite_text(model.b) + " x RAPL";
    };
    const auto watts = [](const double& tdp) { return finite_text(tdp) + " W"; };
    const auto vcpu = [](const VcpuPower& model) {
      return finite_text(model.min) + " to " + finite_text(model.max) + " W";
    };
    const auto number = [](const unsigned& count) { return std::to_string(count); };
    resolve_profile(host);
    grant(&Grant::rapl_generic, power.rapl_generic, "RAPL to wall", +line);
    grant(&Grant::rapl_calibrated, power.rapl_calibrated, "RAPL to wall, calibrated", +line);
    grant(&Grant::tdp, power.tdp, "TDP", +watts);
    grant(&Grant::vcpu, power.vcpu, "power of a virtual processor", +vcpu);
    grant(&Grant::monitors, power.monitors, "monitors", +number);
    power.memory_watts = memory_watts(subject_.facts.memory);
  }

  void resolve_exemptions(HostPolicy& host) {
    for (const ExemptionRule& rule : parts_.exemptions) {
      Match match;
      match.hostname = rule.hostname;
      if (!first_mismatch(match, subject_, asset_).empty()) continue;
      Exemption exemption = rule.exemption;
      exemption.from = host.calendar->begin_of(rule.from);
      exemption.expiry =
          host.calendar->begin_of(Date{std::chrono::local_days{rule.until} + std::chrono::days{1}});
      host.exemptions.push_back(std::move(exemption));
    }
    std::ranges::stable_sort(host.exemptions, {}, &Exemption::from);
  }

  const PolicyParts& parts_;
  const Subject& subject_;
  const Asset* asset_;  // null: the inventory lacks it
  Explanation* told_;   // null: nobody asks why
  std::vector<const Rule*> matching_;
};

}  // namespace

PolicyParts::PolicyParts() {
  default_site.calendar = std::make_shared<Calendar>(Calendar::standard());
  for (const auto& [name, role] : roles)
    thresholds[static_cast<std::size_t>(role)] =
        std::make_shared<Thresholds>(default_thresholds(role));
}

HostPolicy Policy::of(const Subject& subject) const {
  return Resolution{parts_, subject, nullptr}.resolve();
}

Explanation Policy::explain(const Subject& subject, WallTime at) const {
  Explanation told;
  const HostPolicy host = Resolution{parts_, subject, &told}.resolve();
  for (const Exemption& exemption : host.exemptions) {
    const bool now = at >= exemption.from && at < exemption.expiry;
    told.reasons.push_back(
        {"exemption",
         now                   ? "in force"
         : at < exemption.from ? "to come"
                               : "over",
         "'" + exemption.name + "' of " + exemption.owner + ": " + exemption.reason +
             "; last day " +
             date_text(host.calendar->date_at(exemption.expiry - std::chrono::milliseconds{1}))});
  }
  return told;
}

std::optional<unsigned> Policy::headcount(std::string_view site,
                                          std::string_view department) const {
  const auto found = parts_.headcounts.find({std::string{site}, std::string{department}});
  if (found == parts_.headcounts.end()) return std::nullopt;
  return found->second;
}

}  // namespace sobriety::collector::policy
