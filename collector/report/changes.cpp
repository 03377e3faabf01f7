#include "collector/report/changes.hpp"

#include "collector/report/columns.hpp"

#include <map>

namespace sobriety::collector::report {

namespace {

using Said = std::map<std::string, std::string>;

std::string value_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* decimal = std::get_if<Decimal>(&value))
    return fixed_text(decimal->value, decimal->decimals);
  return "";
}

Said said_by(const Input& input) {
  Said said;
  said["method version"] = std::to_string(input.method);
  said["policy version"] = input.policy_version;
  said["period"] = input.period.first_day + " to " + input.period.last_day + " " +
                   input.period.time_zone + (input.period.over ? "" : ", not over");
  said["privacy.min_group_size"] = std::to_string(input.privacy.min_group_size);
  for (const Site& site : input.sites) {
    if (site.pue) said["PUE of " + site.name] = plain_text(*site.pue);
    if (!site.tariff) continue;
    std::string& tariff = said["tariff of " + site.name];
    tariff = plain_text(site.tariff->per_kwh) + " " + site.tariff->currency + "/kWh";
    if (const auto& off_peak = site.tariff->off_peak)
      tariff += ", " + plain_text(off_peak->per_kwh) + " outside '" + off_peak->outside + "'";
  }
  for (const Factor& factor : input.factors)
    said["factor " + factor.zone + " " + factor.level + " " + factor.source] =
        plain_text(factor.g_per_kwh) + " g/kWh, " + factor.year + ", " + factor.scope;
  for (const Headcount& count : input.headcounts)
    said["headcount of " + count.site + " / " + count.department] = std::to_string(count.people);
  for (const Exemption& exemption : input.exemptions)
    said["exemption of " + exemption.what] = exemption.reason + ", until " + exemption.until;
  for (const Setting& setting : input.settings) said["setting " + setting.key] = setting.value;
  if (input.baseline) said["baseline"] = input.baseline->month;
  const Report report = make_report(input);
  for (const Column& column : columns())
    said["total " + std::string{column.key}] = value_text(column.of(input, report.total));
  return said;
}

}  // namespace

std::vector<Change> changes(const Input& before, const Input& after) {
  const Said then = said_by(before);
  const Said now = said_by(after);
  std::vector<Change> list;
  for (const auto& [what, value] : then) {
    const auto same = now.find(what);
    if (same == now.end())
      list.push_back({what, value, ""});
    else if (same->second != value)
      list.push_back({what, value, same->second});
  }
  for (const auto& [what, value] : now)
    if (!then.contains(what)) list.push_back({what, "", value});
  return list;
}

}  // namespace sobriety::collector::report
