#include "collector/report/gather.hpp"

#include "collector/report/rows.hpp"
#include "collector/report/setting_keys.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace sobriety::collector::report {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;

struct StateFigures {
  State state;
  Figure ms, ms_out;
  std::optional<Figure> uj, uj_out;
};
constexpr std::array state_figures{
    StateFigures{State::active, Figure::ms_active, Figure::ms_active_out, Figure::uj_active,
                 Figure::uj_active_out},
    StateFigures{State::idle, Figure::ms_idle, Figure::ms_idle_out, Figure::uj_idle,
                 Figure::uj_idle_out},
    StateFigures{State::on, Figure::ms_on, Figure::ms_on_out, Figure::uj_on, Figure::uj_on_out},
    StateFigures{State::suspended, Figure::ms_suspended, Figure::ms_suspended_out,
                 Figure::uj_suspended, Figure::uj_suspended_out},
    StateFigures{State::off, Figure::ms_off, Figure::ms_off_out, Figure::uj_off,
                 Figure::uj_off_out},
    StateFigures{State::lost, Figure::ms_lost, Figure::ms_lost_out, std::nullopt, std::nullopt},
};

std::string date_text(policy::Date date) {
  const auto two = [](unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day()));
}

// The strongest verdict that the rows of the last day show.
Verdict verdict_in(const Figures& last, const Figures& all) {
  if (last[Figure::ms_confirmed] > 0) return Verdict::confirmed;
  if (last[Figure::ms_comatose] > 0) return Verdict::comatose;
  if (last[Figure::ms_underused] > 0) return Verdict::underused;
  if (all[Figure::ms_left_on] > 0) return Verdict::left_on;
  return Verdict::none;
}

void add_to_day(Day& day, const Figures& figures) {
  day.uj_active += figures[Figure::uj_active];
  day.uj_idle_work += figures[Figure::uj_idle] - figures[Figure::uj_idle_out];
  day.uj_idle_off += figures[Figure::uj_idle_out];
  day.uj_rest += figures[Figure::uj_on] + figures[Figure::uj_suspended] + figures[Figure::uj_off];
}

}  // namespace

// One host's rows on their way into its facts.
class Gathering::OfHost {
 public:
  OfHost(Gathering& all, const ReportedHost& host) : all_(all), use_(all.month().size()) {
    made_.id = host.id;
    made_.name = host.name;
    const policy::HostPolicy& policy = host.policy;
    made_.site = policy.group.site;
    made_.department = policy.group.department;
    made_.role = to_string(policy.group.role);
    made_.owner = policy.owner;
    made_.product = host.subject.facts.product;
    made_.cpu_model = host.subject.facts.cpu_model;
    made_.cores = host.subject.facts.cpus;
    made_.memory = host.subject.facts.memory;
    made_.purchased = policy.purchased ? date_text(*policy.purchased) : "";
    made_.method = host.method;
    made_.counted = policy.counted;
    if (policy.carbon) factors_ = &all.factors_.of(*policy.carbon);
    if (!policy.tariff || policy.tariff->peak == nullptr) return;
    tariff_ = &*policy.tariff;
    peak_ = &all.shares_of(*policy.tariff->peak);
    made_.bill.emplace();
  }

  void take_hour(std::size_t hour, const Figures& figures) {
    all_figures_ += figures;
    if (hour + 24 >= use_.size()) last_day_ += figures;
    const auto on = figures[Figure::ms_active] + figures[Figure::ms_idle] + figures[Figure::ms_on];
    use_[hour].on_ms += static_cast<std::int32_t>(on);
    use_[hour].known_ms += static_cast<std::int32_t>(figures.time() - figures[Figure::ms_lost]);
    emit(hour, figures.energy_by_state());
    charge(hour, hour + 1, figures);
    if (made_.counted) add_to_day(all_.input_.days[all_.month().day_of[hour]], figures);
  }

  // Hours [from, to) of the month, of which the sum is known alone: their energy counts as even.
  void take_day(std::size_t from, std::size_t to, const Figures& figures) {
    all_figures_ += figures;
    if (to + 24 > use_.size()) last_day_ += figures;
    const auto count = static_cast<std::int64_t>(to - from);
    const std::int64_t energy = figures.energy_by_state();
    for (std::size_t hour = from; hour < to; ++hour)
      emit(hour, energy / count + (hour + 1 == to ? energy % count : 0));
    charge(from, to, figures);
    if (made_.counted) add_to_day(all_.input_.days[all_.month().day_of[from]], figures);
  }

  HostMonth finish(const std::vector<Window>& windows) && {
    for (const StateFigures& of : state_figures) {
      const std::int64_t ms_out = all_figures_[of.ms_out];
      const std::int64_t uj_out = of.uj_out ? all_figures_[*of.uj_out] : 0;
      made_.of(of.state, Hours::off) = {ms_out, uj_out};
      made_.of(of.state, Hours::work) = {all_figures_[of.ms] - ms_out,
                                         (of.uj ? all_figures_[*of.uj] : 0) - uj_out};
    }
    made_.uj_measured = all_figures_[Figure::uj_measured];
    made_.uj_low = all_figures_[Figure::uj_low];
    made_.uj_high = all_figures_[Figure::uj_high];
    made_.uj_waste = all_figures_[Figure::uj_waste];
    made_.uj_avoidable = all_figures_[Figure::uj_avoidable];
    made_.verdict = verdict_in(last_day_, all_figures_);
    made_.exempt = all_figures_[Figure::ms_exempt] > 0;
    const auto [nights, weekends] = count_windows(windows, use_);
    made_.nights = nights;
    made_.weekends = weekends;
    for (const auto& [factor, of] : emitted_)
      made_.emissions.push_back({factor, of.uj, std::llround(of.ug / 1e3)});
    return std::move(made_);
  }

 private:
  struct Emitted {
    std::int64_t uj = 0;
    double ug = 0;
  };

  void emit(std::size_t hour, std::int64_t uj) {
    if (factors_ == nullptr || uj == 0) return;
    const auto& [factor, grams] = (*factors_)[hour];
    if (factor == FactorTable::none) return;
    Emitted& of = emitted_[factor];
    of.uj += uj;
    of.ug += static_cast<double>(uj) / 3.6e12 * grams * 1e6;
  }

  // Hours [from, to), where there are two prices.
  void charge(std::size_t from, std::size_t to, const Figures& figures) {
    if (tariff_ == nullptr) return;
    double share = 0;
    for (std::size_t hour = from; hour < to; ++hour) share += (*peak_)[hour];
    share /= static_cast<double>(to - from);
    const double price = share * tariff_->per_kwh + (1 - share) * tariff_->off_peak_per_kwh;
    made_.bill->cost += static_cast<double>(figures.energy_by_state()) / 3.6e12 * price;
    made_.bill->avoidable += static_cast<double>(figures[Figure::uj_avoidable]) / 3.6e12 * price;
  }

  Gathering& all_;
  HostMonth made_;
  Figures all_figures_, last_day_;
  std::vector<HourUse> use_;
  const std::vector<FactorTable::OfHour>* factors_ = nullptr;
  const policy::Tariff* tariff_ = nullptr;     // null: it has one price, or there is none
  const std::vector<double>* peak_ = nullptr;  // of each hour what is within its peak hours
  std::map<std::uint32_t, Emitted> emitted_;
};

Gathering::Gathering(const policy::Policy& policy, Order order)
    : policy_(policy), order_(std::move(order)), factors_(order_.month) {
  for (const std::string& day : order_.month.days) input_.days.emplace_back().date = day;
}

const std::vector<double>& Gathering::shares_of(const policy::Calendar& calendar) {
  const auto [shares, fresh] = shares_.try_emplace(&calendar);
  if (!fresh) return shares->second;
  const MonthHours& month = order_.month;
  for (Hour hour = month.from; hour < month.to; hour += hours{1})
    shares->second.push_back(
        std::chrono::duration<double, std::ratio<3600>>{calendar.split(hour, hour + hours{1}).work}
            .count());
  return shares->second;
}

void Gathering::add(const ReportedHost& host, std::span<const LedgerRow> rows,
                    std::span<const LedgerRow> day_rows) {
  const MonthHours& month = order_.month;
  OfHost of{*this, host};
  const auto index = [&month](Hour hour) {
    return static_cast<std::size_t>(
        std::clamp(hour, month.from, month.to).time_since_epoch().count() -
        month.from.time_since_epoch().count());
  };
  for (const LedgerRow& row : rows) {
    if (row.from < month.from || row.from >= month.to) continue;
    damaged_ += row.intact ? 0 : 1;
    of.take_hour(index(row.from), row.figures);
  }
  for (const LedgerRow& row : day_rows) {
    // A day of UTC is of the month in which most of it lies.
    const Hour noon = row.from + hours{12};
    if (noon < month.from || noon >= month.to) continue;
    has_days_ = true;
    damaged_ += row.intact ? 0 : 1;
    of.take_day(index(row.from), index(row.from + days{1}), row.figures);
  }
  const auto [windows, fresh] = windows_.try_emplace(host.policy.calendar.get());
  if (fresh && host.policy.calendar) windows->second = windows_of(month, *host.policy.calendar);
  HostMonth made = std::move(of).finish(windows->second);
  if (!order_.options.privacy.host_detail) {
    made.id.clear();
    made.name.clear();
  }
  input_.hosts.push_back(std::move(made));
}

Input Gathering::finish() && {
  const policy::PolicyParts& parts = policy_.parts();
  input_.period = order_.month.period;
  input_.organisation = order_.options.organisation;
  input_.country = order_.options.country;
  input_.privacy = order_.options.privacy;
  input_.issued =
      std::chrono::duration_cast<std::chrono::seconds>(order_.now.time_since_epoch()).count();
  input_.collector_version = SOBRIETY_VERSION;
  input_.policy_version = order_.policy_version;
  input_.baseline = std::move(order_.baseline);
  input_.factors = factors_.factors();
  input_.settings = settings_of(policy_);
  input_.settings.push_back(
      {std::string{ledger_key}, std::string{has_days_ ? ledger_by_day : ledger_by_hour}});
  if (damaged_ > 0) input_.settings.push_back({std::string{damaged_key}, std::to_string(damaged_)});
  std::set<std::string> sites;
  std::set<std::pair<std::string, std::string>> departments;
  for (const HostMonth& host : input_.hosts) {
    sites.insert(host.site);
    departments.emplace(host.site, host.department);
  }
  for (const std::string& name : sites) {
    const auto known = parts.sites.find(name);
    const policy::Site& site = known == parts.sites.end() ? parts.default_site : known->second;
    Site& made = input_.sites.emplace_back();
    made.name = name;
    if (site.pue > 1) made.pue = site.pue;  // 1: not configured, and no room needs nothing
    if (!site.tariff) continue;
    made.tariff = Tariff{site.tariff->per_kwh, site.tariff->currency};
    if (site.tariff->peak != nullptr)
      made.tariff->off_peak = OffPeak{site.tariff->off_peak_per_kwh, site.tariff->peak->name()};
  }
  for (const auto& [site, department] : departments)
    if (const auto people = policy_.headcount(site, department))
      input_.headcounts.push_back({site, department, *people});
  for (const policy::ExemptionRule& rule : parts.exemptions) {
    // Dates as YYYY-MM-DD compare as texts.
    if (date_text(rule.until) < input_.period.first_day ||
        date_text(rule.from) > input_.period.last_day)
      continue;
    std::string hosts;
    for (const std::string& glob : rule.hostname) hosts += (hosts.empty() ? "" : ", ") + glob;
    input_.exemptions.push_back(
        {std::move(hosts), rule.exemption.owner, rule.exemption.reason, date_text(rule.until)});
  }
  std::sort(input_.hosts.begin(), input_.hosts.end(), [](const HostMonth& a, const HostMonth& b) {
    return std::tie(a.site, a.department, a.role, a.name, a.id) <
           std::tie(b.site, b.department, b.role, b.name, b.id);
  });
  return std::move(input_);
}

Baseline baseline_of(const Input& input) {
  const Report report = make_report(input);
  Baseline baseline;
  baseline.month = input.period.month;
  baseline.seconds = input.period.to - input.period.from;
  const auto add = [&baseline](const Row& row) {
    baseline.rows.push_back(
        {row.site, row.department, row.role, row.hosts, std::llround(row.kwh * 1e6)});
  };
  for (const Row& row : report.rows) add(row);
  add(report.total);
  return baseline;
}

}  // namespace sobriety::collector::report
