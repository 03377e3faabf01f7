#include "collector/report/columns.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sobriety::collector::report {

namespace {

Value number(double value, unsigned decimals) { return Decimal{value, decimals}; }
Value number(const std::optional<double>& value, unsigned decimals) {
  return value ? Value{Decimal{*value, decimals}} : Value{};
}
Value percent(const std::optional<double>& value) {
  return value ? Value{Decimal{*value * 100, 1}} : Value{};
}
Value count(std::uint32_t value) { return static_cast<std::int64_t>(value); }
Value text(const std::string& value) { return value.empty() ? Value{} : Value{value}; }

// NOLINTBEGIN(readability-named-parameter)
constexpr std::array table{
    Column{"period_start", [](const Input& in, const Row&) { return text(in.period.first_day); },
           "first day, in the report's time zone"},
    Column{"period_end", [](const Input& in, const Row&) { return text(in.period.last_day); },
           "last day, included"},
    Column{"site", [](const Input&, const Row& row) { return Value{row.site}; },
           "* stands for several that are too small to be shown apart"},
    Column{"department", [](const Input&, const Row& row) { return Value{row.department}; },
           "* as above"},
    Column{"role", [](const Input&, const Row& row) { return Value{row.role}; },
           "server, workstation, laptop, thin or virtual"},
    Column{"hosts", [](const Input&, const Row& row) { return count(row.hosts); },
           "machines known in the period"},
    Column{"headcount",
           [](const Input&, const Row& row) {
             return row.headcount ? count(*row.headcount) : Value{};
           },
           "people of the row's departments, as configured"},
    Column{"coverage_percent", [](const Input&, const Row& row) { return percent(row.coverage); },
           "time that is known / (hosts x period)"},
    Column{"kwh", [](const Input&, const Row& row) { return number(row.kwh, 3); },
           "energy at the wall"},
    Column{"kwh_low", [](const Input&, const Row& row) { return number(row.kwh_low, 3); },
           "lower bound of it"},
    Column{"kwh_high", [](const Input&, const Row& row) { return number(row.kwh_high, 3); },
           "upper bound of it"},
    Column{"measured_percent", [](const Input&, const Row& row) { return percent(row.measured); },
           "share of it that a meter told"},
    Column{"kwh_room", [](const Input&, const Row& row) { return number(row.kwh_room, 3); },
           "energy of servers x PUE of their site"},
    Column{"pue", [](const Input&, const Row& row) { return number(row.pue, 3); },
           "of the site, as configured"},
    Column{"kwh_per_workstation_year",
           [](const Input&, const Row& row) { return number(row.kwh_workstation_year, 2); },
           "energy of machines that people sit at, brought to a year, / hosts"},
    Column{"kwh_per_head_year",
           [](const Input&, const Row& row) { return number(row.kwh_head_year, 2); },
           "energy brought to a year / headcount"},
    Column{"hours_on", [](const Input&, const Row& row) { return number(row.hours_on, 2); },
           "active, idle and unjudged together"},
    Column{"hours_active", [](const Input&, const Row& row) { return number(row.hours_active, 2); },
           "in use"},
    Column{"hours_idle", [](const Input&, const Row& row) { return number(row.hours_idle, 2); },
           "on, and not in use"},
    Column{"hours_unjudged",
           [](const Input&, const Row& row) { return number(row.hours_unjudged, 2); },
           "on, and not known whether in use"},
    Column{"hours_suspended",
           [](const Input&, const Row& row) { return number(row.hours_suspended, 2); }, "asleep"},
    Column{"hours_off", [](const Input&, const Row& row) { return number(row.hours_off, 2); },
           "shut down"},
    Column{"hours_unknown",
           [](const Input&, const Row& row) { return number(row.hours_unknown, 2); },
           "hosts x period, less on, suspended and off"},
    Column{"idle_percent", [](const Input&, const Row& row) { return percent(row.idle); },
           "hours_idle / hours_on"},
    Column{"night_on_percent", [](const Input&, const Row& row) { return percent(row.night_on); },
           "nights on for more than 30 minutes / nights known"},
    Column{"weekend_on_percent",
           [](const Input&, const Row& row) { return percent(row.weekend_on); },
           "the same of weekends and holidays"},
    Column{"kwh_wasted", [](const Input&, const Row& row) { return number(row.kwh_wasted, 3); },
           "energy while idle outside working hours, hosts with an exemption left out"},
    Column{"kwh_avoidable",
           [](const Input&, const Row& row) { return number(row.kwh_avoidable, 3); },
           "kwh_wasted less what the machines would draw off or asleep"},
    Column{"cost_avoidable_year",
           [](const Input&, const Row& row) { return number(row.cost_avoidable_year, 2); },
           "kwh_avoidable x tariff, brought to a year"},
    Column{"servers_underused", [](const Input&, const Row& row) { return count(row.underused); },
           "servers with that verdict at the end of the period"},
    Column{"servers_comatose", [](const Input&, const Row& row) { return count(row.comatose); },
           "servers with that verdict, the confirmed included"},
    Column{"exemptions", [](const Input&, const Row& row) { return count(row.exemptions); },
           "hosts with an exemption in the period"},
    Column{"factor_g_per_kwh",
           [](const Input&, const Row& row) { return number(row.g_per_kwh, 2); },
           "kgco2e / the energy that has a factor"},
    Column{"factor_source", [](const Input&, const Row& row) { return text(row.factor_source); },
           "who publishes it"},
    Column{"factor_year", [](const Input&, const Row& row) { return text(row.factor_year); },
           "the year it is of"},
    Column{"factor_scope", [](const Input&, const Row& row) { return text(row.factor_scope); },
           "what it includes"},
    Column{"factor_level", [](const Input&, const Row& row) { return text(row.factor_level); },
           "hourly, annual or constant; several where a series has holes"},
    Column{"factor_coverage_percent",
           [](const Input&, const Row& row) { return percent(row.factor_coverage); },
           "share of the energy that has a factor"},
    Column{"kgco2e", [](const Input&, const Row& row) { return number(row.co2e_kg, 3); },
           "of the energy that has a factor"},
    Column{"tariff_per_kwh", [](const Input&, const Row& row) { return number(row.tariff, 4); },
           "cost / kwh"},
    Column{"currency", [](const Input&, const Row& row) { return text(row.currency); },
           "of the tariff"},
    Column{"cost", [](const Input&, const Row& row) { return number(row.cost, 2); },
           "kwh x tariff; absent unless all of the row has one"},
    Column{"baseline",
           [](const Input& in, const Row&) {
             return in.baseline ? text(in.baseline->month) : Value{};
           },
           "the month that is compared with"},
    Column{"change_percent", [](const Input&, const Row& row) { return percent(row.change); },
           "kwh / kwh of the baseline - 1, months brought to one length"},
    Column{"change_per_host_percent",
           [](const Input&, const Row& row) { return percent(row.change_per_host); },
           "the same, each per host"},
    Column{"method_version", [](const Input& in, const Row&) { return count(in.method); },
           "of the formulas"},
};
// NOLINTEND(readability-named-parameter)

}  // namespace

std::span<const Column> columns() { return table; }

std::string fixed_text(double value, unsigned decimals) {
  std::array<char, 400> buffer;  // a double has up to 309 digits before the point
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::isfinite(value) ? value : 0,
                    std::chars_format::fixed, static_cast<int>(decimals));
  std::string text(buffer.data(), error == std::errc{} ? end : buffer.data());
  if (text.starts_with('-') && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string plain_text(double value) {
  std::string text = fixed_text(value, 6);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace sobriety::collector::report
