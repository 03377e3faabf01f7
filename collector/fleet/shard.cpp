#include "collector/fleet/shard.hpp"

#include "collector/fleet/account.hpp"
#include "collector/fleet/show.hpp"
#include "collector/policy/subject_text.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

// What decides a layout, as a key.
std::string layout_key(const std::vector<Series>& series) {
  std::string key;
  for (const Series& row : series) {
    key += std::to_string(static_cast<unsigned>(row.signal));
    key += '\x1f' + row.instance + '\x1f';
    key += static_cast<char>('0' + static_cast<int>(row.scope));
    key += row.contained_in + '\x1e';
  }
  return key;
}

// Objects that nobody uses any more are swept when the pool's size passes one of these.
constexpr std::size_t sweep_every = 256;

// The object under `key`, made by `make` where there is none.
template <class T, class Make>
std::shared_ptr<const T> shared(std::unordered_map<std::string, std::weak_ptr<const T>>& pool,
                                const std::string& key, Make make) {
  if (const auto place = pool.find(key); place != pool.end())
    if (auto known = place->second.lock()) return known;
  if (pool.size() % sweep_every == sweep_every - 1)
    std::erase_if(pool, [](const auto& entry) { return entry.second.expired(); });
  auto made = make();
  pool[key] = made;
  return made;
}

Farewell farewell_of(wire::GoodbyeReason reason) {
  switch (reason) {
    case wire::GoodbyeReason::shutdown:
      return Farewell::shutdown;
    case wire::GoodbyeReason::suspend:
      return Farewell::suspend;
    case wire::GoodbyeReason::stop:
      break;
  }
  return Farewell::stop;
}

}  // namespace

// Purchase dates and owners tell hosts of one group apart; the rest rarely does.
std::size_t Shard::ByContent::operator()(const Policy& policy) const {
  const std::hash<std::string> of_text;
  std::size_t hash = of_text(policy->group.site);
  hash = 31 * hash + of_text(policy->group.department);
  hash = 31 * hash + static_cast<std::size_t>(policy->group.role);
  hash = 31 * hash + of_text(policy->owner);
  if (policy->purchased)
    hash = 31 * hash + static_cast<std::size_t>(
                           std::chrono::sys_days{*policy->purchased}.time_since_epoch().count());
  return hash;
}

Host& Shard::restore(Host host) {
  host.label = escape_label(names_.label(host.id, host.name));
  Host& kept = hosts_.emplace_back(std::move(host));
  by_id_[kept.id] = &kept;
  assign_policy(kept);
  // Until its agent tells more, that it was seen is all that is shown.
  kept.layout =
      shared(layouts_, layout_key({}), [] { return std::make_shared<const Layout>(Inventory{}); });
  kept.row.assign(kept.layout->row_width(), no_value);
  const auto seen = kept.account.last_seen.time_since_epoch().count();
  if (seen > 0) kept.row[kept.layout->first(MetricId::host_last_seen)] = seen;
  kept.shown_totals = kept.account.totals;
  kept.shown_emissions = kept.account.emissions;
  set_up(kept, false);
  show_judgement(kept, kept.row, kept.account.last_seen);
  return kept;
}

Host* Shard::live_elsewhere(const wire::Hello& hello) {
  const auto known = by_id_.find(hello.host);
  if (known == by_id_.end() || known->second->session == nullptr) return nullptr;
  Host& host = *known->second;
  return host.machine && hello.machine && *host.machine != *hello.machine ? &host : nullptr;
}

Host& Shard::introduce(const wire::Hello& hello, WallTime wall, Steady::time_point now) {
  Host*& place = by_id_[hello.host];
  if (place == nullptr) {
    place = &hosts_.emplace_back();
    place->id = hello.host;
  }
  Host& host = *place;
  if (host.name != hello.host_name) {
    host.name = hello.host_name;
    host.label = escape_label(names_.label(host.id, host.name));
  }
  if (host.applied.stream != hello.stream) begin_stream(host, hello.stream);
  if (host.session != nullptr) host.session->superseded();
  host.session = nullptr;
  host.machine = hello.machine;
  host.report_interval = hello.report_interval;
  host.skew = hello.wall - wall;
  host.clock.reset();
  if (hello.clock)
    host.clock = {hello.clock->boot, wall - std::chrono::duration_cast<std::chrono::milliseconds>(
                                                hello.clock->boottime)};
  host.left = false;
  host.last_arrival = now;
  assign_policy(host);
  return host;
}

void Shard::adopt(Host& host, const Inventory& inventory) {
  auto layout = shared(layouts_, layout_key(inventory.series),
                       [&] { return std::make_shared<const Layout>(inventory); });
  std::string info = info_labels(inventory);
  auto kept_info = shared(infos_, info, [&] { return std::make_shared<const LabelText>(info); });
  if (layout != host.layout) tell_ending(host);
  collector::adopt(host, inventory, std::move(layout), std::move(kept_info));
  host.subject_text = policy::subject_text(host.subject);
  assign_policy(host);
}

void Shard::locate(Host& host, const policy::IpAddress& address) {
  if (host.subject.address == address) return;
  host.subject.address = address;
  host.subject_text = policy::subject_text(host.subject);
  assign_policy(host);
}

void Shard::goodbye(Host& host, wire::GoodbyeReason reason) {
  tell_ending(host);
  host.left = true;
  host.noted = true;
  host.account.judge.farewell = farewell_of(reason);
  set_up(host, false);
}

void Shard::assign_policy(Host& host) {
  host.subject.name = host.name;
  host.subject.id = host.id.hex();
  const auto [place, made] =
      policies_.insert(std::make_shared<const policy::HostPolicy>(policy_->of(host.subject)));
  host.policy = *place;
  if (made && policies_.size() % sweep_every == 0)
    std::erase_if(policies_, [](const auto& policy) { return policy.use_count() == 1; });
  host.rates.forget();
  const LabelText labels = member_labels(*host.policy);
  host.membership =
      shared(infos_, labels, [&] { return std::make_shared<const LabelText>(labels); });
}

void Shard::judge_by(std::shared_ptr<const policy::Policy> policy) {
  policy_ = std::move(policy);
  for (Host& host : hosts_) assign_policy(host);
}

void Shard::judge_silence(Steady::time_point now) {
  for (Host& host : hosts_) {
    if (!host.up || now - host.last_arrival <= host.report_interval * idle_intervals_) continue;
    tell_ending(host);
    set_up(host, false);
  }
}

std::size_t Shard::up() const {
  return static_cast<std::size_t>(
      std::count_if(hosts_.begin(), hosts_.end(), [](const Host& host) { return host.up; }));
}

}  // namespace sobriety::collector
