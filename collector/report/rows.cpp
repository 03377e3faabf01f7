#include "collector/report/rows.hpp"

#include "collector/report/privacy.hpp"

#include <map>

namespace sobriety::collector::report {

namespace {

std::optional<double> ratio(double part, double whole) {
  if (whole <= 0) return std::nullopt;
  return part / whole;
}

double hours(Wide ms) { return static_cast<double>(ms) / 3.6e6; }

std::optional<double> ratio(const Windows& windows) { return ratio(windows.on, windows.known); }

class Rows {
 public:
  explicit Rows(const Input& input)
      : input_(input),
        seconds_(static_cast<double>(input.period.to - input.period.from)),
        to_year_(seconds_ > 0 ? seconds_a_year / seconds_ : 0) {
    for (const Headcount& count : input.headcounts)
      people_[{count.site, count.department}] = count.people;
  }

  [[nodiscard]] Row row(const Group& group) const {
    Row row;
    row.site = group.site;
    row.department = group.department;
    row.role = group.role;
    row.parts = group.parts;
    const Sums& sums = group.sums;
    row.hosts = sums.hosts;
    energy(row, sums);
    time(row, sums);
    people(row, sums);
    money(row, sums);
    carbon(row, sums);
    row.underused = sums.underused;
    row.comatose = sums.comatose;
    row.exemptions = sums.exempt;
    return row;
  }

  // What the baseline's rows say of the groups that `is_in` accepts.
  template <class IsIn>
  void compare(Row& row, IsIn is_in) const {
    if (!input_.baseline || input_.baseline->seconds <= 0) return;
    double before = 0;
    std::uint32_t hosts = 0;
    for (const BaselineRow& of : input_.baseline->rows) {
      if (!is_in(of)) continue;
      before += static_cast<double>(of.mwh) / 1e6;
      hosts += of.hosts;
    }
    before *= seconds_a_year / static_cast<double>(input_.baseline->seconds);
    const auto now = ratio(row.kwh * to_year_, before);
    if (now) row.change = *now - 1;
    if (now && hosts > 0 && row.hosts > 0) row.change_per_host = *now * hosts / row.hosts - 1;
  }

 private:
  void energy(Row& row, const Sums& sums) const {
    row.kwh = kwh(sums.uj);
    row.kwh_low = kwh(sums.uj_low);
    row.kwh_high = kwh(sums.uj_high);
    row.measured = ratio(kwh(sums.uj_measured), row.kwh);
    row.kwh_wasted = kwh(sums.uj_waste);
    row.kwh_avoidable = kwh(sums.uj_avoidable);
    if (sums.servers > 0 && !sums.pue_missing) {
      row.kwh_room = sums.uj_room / 3.6e12;
      row.pue = ratio(*row.kwh_room, kwh(sums.uj_servers));
    }
  }

  void time(Row& row, const Sums& sums) const {
    row.hours_active = hours(sums.of(State::active));
    row.hours_idle = hours(sums.of(State::idle));
    row.hours_unjudged = hours(sums.of(State::on));
    row.hours_on = hours(sums.ms_on());
    row.hours_suspended = hours(sums.of(State::suspended));
    row.hours_off = hours(sums.of(State::off));
    const double known = row.hours_on + row.hours_suspended + row.hours_off;
    const double all = sums.hosts * seconds_ / 3600;
    row.hours_unknown = std::max(0.0, all - known);
    row.coverage = all > 0 ? std::min(1.0, known / all) : 0;
    row.idle = ratio(row.hours_idle, row.hours_on);
    row.night_on = ratio(sums.nights);
    row.weekend_on = ratio(sums.weekends);
  }

  void people(Row& row, const Sums& sums) const {
    if (sums.personal > 0)
      row.kwh_workstation_year = kwh(sums.uj_personal) * to_year_ / sums.personal;
    std::uint32_t count = 0;
    for (const auto& department : sums.departments) {
      const auto known = people_.find(department);
      if (known == people_.end()) return;
      count += known->second;
    }
    row.headcount = count;
    row.kwh_head_year = ratio(row.kwh * to_year_, count);
  }

  void money(Row& row, const Sums& sums) const {
    if (sums.tariff_missing || sums.currencies.size() != 1) return;
    row.currency = *sums.currencies.begin();
    row.cost = sums.cost;
    row.tariff = ratio(sums.cost, row.kwh);
    row.cost_avoidable_year = sums.cost_avoidable * to_year_;
  }

  void carbon(Row& row, const Sums& sums) const {
    const double covered = kwh(sums.uj_with_factor);
    row.factor_coverage = ratio(covered, row.kwh).value_or(0);
    row.g_per_kwh = ratio(static_cast<double>(sums.mg) / 1e3, covered);
    if (row.g_per_kwh) row.co2e_kg = static_cast<double>(sums.mg) / 1e6;
    const auto add = [](std::string& text, const std::string& more, std::set<std::string>& seen) {
      if (more.empty() || !seen.insert(more).second) return;
      if (!text.empty()) text += " + ";
      text += more;
    };
    std::set<std::string> sources, years, scopes, levels;
    for (const std::uint32_t index : sums.factors) {
      if (index >= input_.factors.size()) continue;
      const Factor& factor = input_.factors[index];
      add(row.factor_source, factor.source, sources);
      add(row.factor_year, factor.year, years);
      add(row.factor_scope, factor.scope, scopes);
      add(row.factor_level, factor.level, levels);
    }
  }

  const Input& input_;
  double seconds_;
  double to_year_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> people_;
};

}  // namespace

Report make_report(const Input& input) {
  const Rows rows{input};
  Report report;
  auto [groups, merged, withheld] = protect(grouped(input), input.privacy.min_group_size);
  report.merged = merged;
  report.withheld = withheld;
  Group total;
  total.parts = 0;
  std::map<std::string, Group> roles;
  for (const Group& group : groups) {
    Row& row = report.rows.emplace_back(rows.row(group));
    rows.compare(row, [&row](const BaselineRow& of) {
      return of.site == row.site && of.department == row.department && of.role == row.role;
    });
    Group& role = roles.try_emplace(group.role, Group{"", "", group.role, {}, {}, 0}).first->second;
    role.sums += group.sums;
    role.parts += group.parts;
    if (group.sums.personal > 0) {
      report.nights += group.sums.nights;
      report.weekends += group.sums.weekends;
    }
    report.left_out += group.sums.hosts - group.counted.hosts;
    total.sums += group.counted;
    total.parts += group.parts;
  }
  for (const auto& [name, role] : roles) {
    Row& row = report.roles.emplace_back(rows.row(role));
    rows.compare(row, [&row](const BaselineRow& of) { return of.role == row.role; });
  }
  report.total = rows.row(total);
  rows.compare(report.total, [](const BaselineRow& of) { return of.role.empty(); });
  return report;
}

}  // namespace sobriety::collector::report
