#include "collector/expose/host_view.hpp"

#include "collector/fleet/show.hpp"
#include "collector/report/privacy.hpp"
#include "proto/base/decimal.hpp"
#include "proto/base/json_text.hpp"

#include <algorithm>
#include <cstdio>

namespace sobriety::collector {

namespace {

Verdict verdict_now(const Host& host) {
  if (host.layout && !host.row.empty()) {
    const std::size_t first = host.layout->first(MetricId::host_verdict);
    for (std::size_t cell = first; cell < host.layout->last(MetricId::host_verdict); ++cell)
      if (host.row[cell] == 1) return static_cast<Verdict>(cell - first);
  }
  return host.account.judge.standing.verdict;
}

bool is_wanted(PowerState state, Verdict verdict, Wanted wanted) {
  return wanted == Wanted::all || state == PowerState::idle || verdict == Verdict::left_on ||
         verdict == Verdict::underused || verdict == Verdict::comatose ||
         verdict == Verdict::confirmed;
}

std::string seconds(WallTime time) {
  return time == WallTime{} ? "null" : decimal_text(time.time_since_epoch().count(), 3);
}
double in_kwh(std::int64_t uj) { return static_cast<double>(uj) / 3.6e12; }
std::string kwh(double value) {
  std::array<char, 340> text{};  // a double has up to 309 digits before the point
  const auto length = std::snprintf(text.data(), text.size(), "%.6f", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

void put(std::string& out, std::string_view key, std::string_view value) {
  out += out.size() == 1 ? "" : ",";
  out.append("\"").append(key).append("\":").append(value);
}
void put_text(std::string& out, std::string_view key, std::string_view value) {
  put(out, key, json_text(value));
}

void put_power(std::string& out, const Host& host) {
  if (host.layout && host.up && !host.row.empty())
    for (std::size_t i = 0; i < shown_methods; ++i) {
      const auto method = static_cast<PowerMethod>(i);
      const std::size_t cell = host.layout->cell(MetricId::host_power, method);
      if (cell >= host.layout->last(MetricId::host_power) || host.row[cell] == no_value) continue;
      put(out, "power_watts", decimal_text(host.row[cell], metric(MetricId::host_power).decimals));
      put_text(out, "power_method", to_string(method));
      return;
    }
  put(out, "power_watts", "null");
}

std::string text_of(const Host& host, PowerState state, Verdict verdict) {
  const policy::HostPolicy& policy = *host.policy;
  const Figures& totals = host.shown_totals;
  std::string out = "{";
  put_text(out, "id", host.id.hex());
  put_text(out, "name", host.name);
  put_text(out, "site", policy.group.site);
  put_text(out, "department", policy.group.department);
  put_text(out, "role", to_string(policy.group.role));
  put_text(out, "owner", policy.owner);
  put(out, "up", host.up ? "true" : "false");
  put_text(out, "state", to_string(state));
  put(out, "state_since_timestamp_seconds",
      seconds(host.up ? host.account.judge.since : host.account.timeline.accounted));
  put_text(out, "verdict", to_string(verdict));
  put(out, "last_seen_timestamp_seconds", seconds(host.account.last_seen));
  put_power(out, host);
  put(out, "kwh_measured", kwh(in_kwh(totals[Figure::uj_measured])));
  put(out, "kwh_estimated", kwh(in_kwh(totals[Figure::uj_estimated])));
  put(out, "kwh_wasted", kwh(in_kwh(totals[Figure::uj_waste])));
  put(out, "kwh_avoidable", kwh(in_kwh(totals[Figure::uj_avoidable])));
  for (std::size_t i = 0; i < power_state_count; ++i)
    put(out, "seconds_" + std::string{to_string(static_cast<PowerState>(i))},
        decimal_text(totals[time_figure(static_cast<PowerState>(i))], 3));
  return out + "}";
}

HostText text_of(const Host& host) {
  return {host.id, text_of(host, state_now(host), verdict_now(host))};
}

std::string group_text(const GroupView& group) {
  std::string out = "{";
  put_text(out, "site", group.site);
  put_text(out, "department", group.department);
  put_text(out, "role", group.role);
  put(out, "groups", std::to_string(group.parts));
  put(out, "hosts", std::to_string(group.hosts()));
  for (std::size_t i = 0; i < power_state_count; ++i)
    put(out, "hosts_" + std::string{to_string(static_cast<PowerState>(i))},
        std::to_string(group.by_state[i]));
  for (std::size_t i = 0; i < verdicts; ++i)
    put(out, "verdict_" + std::string{to_string(static_cast<Verdict>(i))},
        std::to_string(group.by_verdict[i]));
  put(out, "kwh_measured", kwh(group.kwh_measured));
  put(out, "kwh_estimated", kwh(group.kwh_estimated));
  put(out, "kwh_wasted", kwh(group.kwh_wasted));
  put(out, "kwh_avoidable", kwh(group.kwh_avoidable));
  return out + "}";
}

}  // namespace

std::vector<HostText> host_page(const std::deque<Host>& hosts, const HostFilter& filter,
                                Wanted wanted, bool personal) {
  // The smallest ids so far, the greatest of them in front.
  std::vector<const Host*> best;
  const auto less = [](const Host* a, const Host* b) { return a->id < b->id; };
  for (const Host& host : hosts) {
    if (filter.after && host.id <= *filter.after) continue;
    const bool full = best.size() > filter.limit;
    if (full && !less(&host, best.front())) continue;
    if (!is_shown_alone(host, personal)) continue;
    const PowerState state = state_now(host);
    const Verdict verdict = verdict_now(host);
    const policy::Group& group = host.policy->group;
    if (!is_wanted(state, verdict, wanted) ||
        !filter.takes(group.site, group.department, to_string(group.role), to_string(state),
                      to_string(verdict)))
      continue;
    if (full) {
      std::pop_heap(best.begin(), best.end(), less);
      best.pop_back();
    }
    best.push_back(&host);
    std::push_heap(best.begin(), best.end(), less);
  }
  std::vector<HostText> texts;
  texts.reserve(best.size());
  for (const Host* host : best) texts.push_back(text_of(*host));
  return texts;
}

std::optional<HostText> host_text(const std::deque<Host>& hosts, const HostId& id, bool personal) {
  for (const Host& host : hosts)
    if (host.id == id && is_shown_alone(host, personal)) return text_of(host);
  return std::nullopt;
}

std::string page_text(std::vector<HostText> found, std::size_t limit) {
  std::sort(found.begin(), found.end(),
            [](const HostText& a, const HostText& b) { return a.id < b.id; });
  std::string out = "{\"hosts\":[";
  for (std::size_t i = 0; i < std::min(limit, found.size()); ++i)
    out.append(i == 0 ? "\n" : ",\n").append(found[i].json);
  out += "],\n\"next\":";
  out += found.size() > limit ? json_text(found[limit - 1].id.hex()) : "null";
  return out + "}\n";
}

std::uint32_t GroupView::hosts() const {
  std::uint32_t sum = 0;
  for (const std::uint32_t count : by_state) sum += count;
  return sum;
}

void GroupView::add(const GroupView& other) {
  for (std::size_t i = 0; i < by_state.size(); ++i) by_state[i] += other.by_state[i];
  for (std::size_t i = 0; i < by_verdict.size(); ++i) by_verdict[i] += other.by_verdict[i];
  kwh_measured += other.kwh_measured;
  kwh_estimated += other.kwh_estimated;
  kwh_wasted += other.kwh_wasted;
  kwh_avoidable += other.kwh_avoidable;
}

std::vector<GroupView> groups_of(const std::deque<Host>& hosts) {
  std::map<policy::Group, GroupView> groups;
  for (const Host& host : hosts) {
    const policy::Group& group = host.policy->group;
    GroupView& view = groups[group];
    ++view.by_state[static_cast<std::size_t>(state_now(host))];
    ++view.by_verdict[static_cast<std::size_t>(verdict_now(host))];
    if (!host.policy->counted) continue;
    const Figures& totals = host.shown_totals;
    view.kwh_measured += in_kwh(totals[Figure::uj_measured]);
    view.kwh_estimated += in_kwh(totals[Figure::uj_estimated]);
    view.kwh_wasted += in_kwh(totals[Figure::uj_waste]);
    view.kwh_avoidable += in_kwh(totals[Figure::uj_avoidable]);
  }
  std::vector<GroupView> list;
  for (auto& [group, view] : groups) {
    view.site = group.site;
    view.department = group.department;
    view.role = to_string(group.role);
    list.push_back(std::move(view));
  }
  return list;
}

std::vector<GroupView> together(std::vector<GroupView> groups) {
  const auto key = [](const GroupView& of) { return std::tie(of.site, of.department, of.role); };
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const GroupView& a, const GroupView& b) { return key(a) < key(b); });
  std::vector<GroupView> list;
  for (GroupView& group : groups)
    if (!list.empty() && key(list.back()) == key(group))
      list.back().add(group);
    else
      list.push_back(std::move(group));
  return list;
}

std::string groups_text(std::vector<GroupView> groups, std::uint32_t least, std::size_t limit,
                        std::size_t after) {
  const auto shown = report::protect(std::move(groups), least);
  std::string out = "{\"groups\":[";
  const std::size_t from = std::min(after, shown.groups.size());
  const std::size_t to = std::min(from + limit, shown.groups.size());
  for (std::size_t i = from; i < to; ++i)
    out.append(i == from ? "\n" : ",\n").append(group_text(shown.groups[i]));
  out += "],\n\"merged_groups\":" + std::to_string(shown.merged) +
         ",\"withheld_hosts\":" + std::to_string(shown.withheld) + ",\"next\":";
  out += to < shown.groups.size() ? std::to_string(to) : "null";
  return out + "}\n";
}

}  // namespace sobriety::collector
