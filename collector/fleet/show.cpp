#include "collector/fleet/show.hpp"

#include "collector/fleet/enter.hpp"

#include <algorithm>
#include <cmath>

namespace sobriety::collector {

namespace {

Cell ms(WallTime time) { return time.time_since_epoch().count(); }

// 1 in the cell of `value`, nothing in the others.
template <class Value>
void show_one(const Layout& layout, MetricId metric, Value value, std::vector<Cell>& row) {
  for (std::size_t cell = layout.first(metric); cell < layout.last(metric); ++cell)
    row[cell] = cell - layout.first(metric) == static_cast<std::size_t>(value) ? 1 : no_value;
}

Cell unless_zero(std::int64_t figure) { return figure == 0 ? no_value : figure; }

// What was out of hours, and the rest, of each state that ever was.
void show_states(const Layout& layout, const Figures& totals, std::vector<Cell>& row) {
  const std::size_t time = layout.first(MetricId::host_state_time);
  const std::size_t energy = layout.first(MetricId::host_state_energy);
  for (std::size_t i = 0; i < power_state_count; ++i) {
    const auto state = static_cast<PowerState>(i);
    const std::int64_t out = totals[time_figure_out(state)];
    row[time + 2 * i] = unless_zero(totals[time_figure(state)] - out);
    row[time + 2 * i + 1] = unless_zero(out);
    if (state == PowerState::lost) continue;
    const std::int64_t energy_out = totals[energy_figure_out(state)];
    row[energy + 2 * i] = unless_zero(totals[energy_figure(state)] - energy_out);
    row[energy + 2 * i + 1] = unless_zero(energy_out);
  }
}

}  // namespace

PowerState state_now(const Host& host) {
  const bool returns = !host.left && host.has_uncommitted();
  if (!host.up && !returns) return state_between(host.account.judge);
  if (host.layout && host.layout->signals().cpu.empty()) return PowerState::on;
  return host.account.judge.idle.state;
}

Verdict verdict_now(const Host& host, WallTime now) {
  return verdict_of(*host.policy, host.rates.at(*host.policy, now),
                    host.account.judge.standing.verdict, state_now(host));
}

void show_judgement(Host& host, std::vector<Cell>& row, WallTime now) {
  const Layout& layout = *host.layout;
  const JudgeMemory& judge = host.account.judge;
  if (judge.first_seen == WallTime{}) return;
  const PowerState state = state_now(host);
  const Rates& rates = host.rates.at(*host.policy, now);
  show_one(layout, MetricId::host_state, state, row);
  show_one(layout, MetricId::host_verdict,
           verdict_of(*host.policy, rates, judge.standing.verdict, state), row);
  row[layout.first(MetricId::host_state_since)] =
      host.up ? ms(judge.since) : ms(host.account.timeline.accounted);
  const policy::Exemption* exemption = host.policy->exemption_at(now);
  row[layout.first(MetricId::host_exemption_expiry)] =
      exemption != nullptr ? ms(exemption->expiry) : no_value;
  row[layout.first(MetricId::host_coverage)] =
      host.quiet_days.empty() ? no_value
                              : std::llround(1e4 * coverage(host.quiet_days, judge.today.day, 7));
  for (std::size_t i = 0; i < sign_count; ++i)
    row[layout.first(MetricId::host_signal_available) + i] =
        judge.signs.has(static_cast<Sign>(i)) ? 1 : 0;
  show_states(layout, host.account.totals, row);
  row[layout.first(MetricId::host_avoidable_energy)] =
      unless_zero(host.account.totals[Figure::uj_avoidable]);
}

void judge_ended_days(Host& host, std::size_t already) {
  const auto& ended = host.pending->days;
  if (ended.size() == already) return;
  const policy::VerdictRule& rule = host.policy->thresholds->verdict;
  const policy::Role role = host.policy->group.role;
  JudgeMemory& judge = host.account.judge;
  for (; already < ended.size(); ++already) {
    host.quiet_days.push_back(ended[already]);
    const std::int32_t today =
        already + 1 < ended.size() ? ended[already + 1].day : judge.today.day;
    judge.standing = judge_days(judge.standing, host.quiet_days, today, judge.signs, role, rule);
  }
  const std::int32_t first = judge.today.day - days_kept(role, rule);
  std::erase_if(host.quiet_days, [&](const QuietDay& day) { return day.day < first; });
}

}  // namespace sobriety::collector
