// How a report speaks: its texts in each language, numbers and dates as they are written there.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::collector::report {

enum class Language : std::uint8_t { en, fr };

// In the order of the table in wording.cpp.
enum class Text : std::uint8_t {
  title,
  period,
  not_over,
  issued,
  use_phase,
  skip,
  in_short,
  sentence_waste,
  sentence_no_waste,
  energy,
  energy_note,
  avoidable,
  avoidable_note,
  avoidable_cost_note,
  carbon,
  carbon_note,
  carbon_part_note,
  carbon_none,
  night_on,
  night_on_note,
  coverage,
  coverage_note,
  servers_quiet,
  servers_quiet_note,
  days_title,
  days_alternative,
  days_none,
  days_data,
  time_title,
  time_alternative,
  where_title,
  where_alternative,
  where_none,
  results_title,
  energy_table,
  time_table,
  money_table,
  absent_note,
  several_note,
  site,
  department,
  role,
  hosts,
  headcount,
  kwh_bounds,
  measured,
  wasted,
  idle_share,
  nights,
  weekends,
  per_workstation,
  per_head,
  room,
  pue,
  hours,
  on,
  active,
  idle,
  unjudged,
  suspended,
  off,
  unknown,
  factor,
  emissions,
  cost,
  avoidable_year,
  tariff,
  change,
  change_per_host,
  underused,
  comatose,
  exempt,
  total,
  day,
  idle_work,
  idle_off,
  rest,
  compare_title,
  compare_text,
  compare_none,
  beside_title,
  beside_text,
  beside_employee,
  beside_shares,
  beside_nights,
  beside_ours,
  todo_title,
  todo_off,
  todo_sleep,
  todo_servers,
  todo_inhibitors,
  todo_keep,
  method_title,
  method_states,
  method_waste,
  method_energy,
  method_carbon,
  method_cost,
  method_year,
  method_windows,
  provenance_title,
  provenance_table,
  method,
  bounds,
  factors_title,
  source,
  year,
  scope,
  level,
  zone,
  grams,
  settings_title,
  key,
  value,
  exemptions_title,
  exemption_what,
  owner,
  reason,
  until,
  exclusions_title,
  excluded_making,
  excluded_devices,
  excluded_virtual,
  excluded_unknown,
  privacy_merged,
  privacy_withheld,
  privacy_none,
  versions,
  none_yet,
  role_server,
  role_workstation,
  role_laptop,
  role_thin,
  role_virtual,
  role_unknown,
  role_several,
  other_settings,
  damaged,
  ledger_by_hour,
  ledger_by_day,
  quiet_cpu_ratio,
  quiet_cpu_cores,
  quiet_received,
  quiet_sent,
  quiet_disk,
  quiet_gpu,
  idle_window,
  idle_quiet_share,
  idle_wake,
  idle_wake_of,
  idle_remote,
  underused_after,
  underused_share,
  underused_p95,
  comatose_after,
  comatose_share,
  confirmed_after,
  leave_below,
  least_coverage,
  least_age,
  method_external_meter,
  method_battery,
  method_rapl_psys,
  method_rapl_calibrated,
  method_rapl_generic,
  method_tdp_model,
  method_profile,
  method_none,
  level_hourly,
  level_annual,
  level_constant,
  count,
};

// With {0}, {1}, … replaced by `values`, which are put in as they are.
[[nodiscard]] std::string words(Language language, Text text,
                                std::initializer_list<std::string_view> values = {});

// Name of a role; what is none of ours is itself.
[[nodiscard]] std::string role_name(Language language, std::string_view role);

// Of a method of the ladder, of levels and of years of factors, which " + " joins where they are
// several; what is none of ours is itself.
[[nodiscard]] std::string method_name(Language language, std::string_view method);
[[nodiscard]] std::string level_names(Language language, std::string_view levels);
[[nodiscard]] std::string factor_years(Language language, std::string_view years);

// 1234.5 is "1,234.5" and "1 234,5" (with a narrow no-break space).
[[nodiscard]] std::string number(Language language, double value, unsigned decimals);
// With as many decimals as make three digits: 0.53, 5.3, 53, 531.
[[nodiscard]] std::string amount(Language language, double value);
// 0.253 is "25.3 %" and "25,3 %".
[[nodiscard]] std::string percentage(Language language, double share);
// The same with its sign.
[[nodiscard]] std::string signed_percentage(Language language, double share);

// "2026-10-01" is "1 October 2026" and "1er octobre 2026"; "2026-10" is "October 2026". What is
// neither is itself.
[[nodiscard]] std::string date(Language language, std::string_view iso);
// Of seconds since 1970, in UTC.
[[nodiscard]] std::string date_of(Language language, std::int64_t seconds);

}  // namespace sobriety::collector::report
