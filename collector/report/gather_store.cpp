// The part of gathering that reads the store, and what the policy's settings are in words.
#include "collector/policy/subject_text.hpp"
#include "collector/report/columns.hpp"
#include "collector/report/gather.hpp"

#include <algorithm>
#include <future>

namespace sobriety::collector::report {

namespace {

using std::chrono::days;

constexpr std::size_t longest_month = 32 * 24;
constexpr days silence_counts{31};

std::string whole(std::int64_t value) { return std::to_string(value); }

std::string_view main_method(const Account& account) {
  const auto most = std::max_element(account.energy.begin(), account.energy.end());
  if (most->count() == 0) return to_string(PowerMethod::none);
  return to_string(static_cast<PowerMethod>(most - account.energy.begin()));
}

// By the names of the policy file, and as it has the values: minutes and days as whole numbers.
void describe(std::vector<Setting>& list, const policy::Thresholds& of) {
  const auto add = [&](std::string key, std::string value) {
    list.push_back({of.name + "." + std::move(key), std::move(value)});
  };
  add("quiet.cpu_ratio", plain_text(of.quiet.cpu_ratio));
  add("quiet.cpu_cores", plain_text(of.quiet.cpu_cores));
  add("quiet.network_received", plain_text(of.quiet.network_received));
  add("quiet.network_sent", plain_text(of.quiet.network_sent));
  add("quiet.disk", plain_text(of.quiet.disk));
  add("quiet.gpu_ratio", plain_text(of.quiet.gpu_ratio));
  add("idle.window", whole(of.idle.window.count()));
  add("idle.quiet_share", plain_text(of.idle.quiet_share));
  add("idle.wake_buckets", whole(of.idle.wake_buckets));
  add("idle.wake_of", whole(of.idle.wake_of));
  add("idle.remote_session", whole(of.idle.remote_session.count()));
  add("verdict.underused.after", whole(of.verdict.underused.days.count()));
  add("verdict.underused.quiet_share", plain_text(of.verdict.underused.quiet_share));
  add("verdict.underused.cpu_p95", plain_text(of.verdict.underused_cpu_p95));
  add("verdict.comatose.after", whole(of.verdict.comatose.days.count()));
  add("verdict.comatose.quiet_share", plain_text(of.verdict.comatose.quiet_share));
  add("verdict.confirmed_after", whole(of.verdict.confirmed.count()));
  add("verdict.leave_below", plain_text(of.verdict.leave_below));
  add("verdict.least_coverage", plain_text(of.verdict.least_coverage));
  add("verdict.least_age", whole(of.verdict.least_age.count()));
}

}  // namespace

std::vector<Setting> settings_of(const policy::Policy& policy) {
  std::vector<Setting> list;
  std::vector<const policy::Thresholds*> seen;
  for (const auto& of_role : policy.parts().thresholds) {
    if (!of_role || std::any_of(seen.begin(), seen.end(),
                                [&](const auto* other) { return *other == *of_role; }))
      continue;
    seen.push_back(of_role.get());
    describe(list, *of_role);
  }
  for (const auto& [name, of] : policy.parts().named_thresholds) describe(list, *of);
  if (policy.parts().default_site.calendar)
    list.push_back({"calendar", policy.parts().default_site.calendar->name()});
  for (const auto& [name, site] : policy.parts().sites)
    if (site.calendar) list.push_back({"calendar of " + name, site.calendar->name()});
  return list;
}

namespace {

struct RowsOfHost {
  std::vector<LedgerRow> hours, days;
};

Result<std::vector<RowsOfHost>> read_rows(Store& store, std::span<const HostState> hosts, Hour from,
                                          Hour to) {
  std::vector<RowsOfHost> read;
  for (const HostState& host : hosts) {
    RowsOfHost& of = read.emplace_back();
    BOOST_OUTCOME_TRY(of.hours, store.rows(host.id, Grain::hour, from, to, longest_month));
    // A day begins up to half a day before the month that it is of.
    BOOST_OUTCOME_TRY(of.days, store.rows(host.id, Grain::day, from - days{1}, to, longest_month));
  }
  return read;
}

// The rows of a few hosts at a time, in order: each reader is one part ahead in a thread of its
// own, so that what is held does not grow with the fleet.
class ReadAhead {
 public:
  ReadAhead(std::span<const std::unique_ptr<Store>> readers, std::span<const HostState> hosts,
            Hour from, Hour to)
      : readers_(readers), rest_(hosts), from_(from), to_(to), parts_(readers.size()) {
    for (std::size_t i = 0; i < readers.size(); ++i) start(i);
  }

  Result<std::vector<RowsOfHost>> next() {
    const std::size_t reader = turn_++ % parts_.size();
    auto read = parts_[reader].get();
    start(reader);
    return read;
  }

 private:
  static constexpr std::size_t hosts_a_part = 8;

  void start(std::size_t reader) {
    const auto part = rest_.first(std::min(hosts_a_part, rest_.size()));
    rest_ = rest_.subspan(part.size());
    if (part.empty()) return;
    parts_[reader] = std::async(std::launch::async, [this, reader, part] {
      return read_rows(*readers_[reader], part, from_, to_);
    });
  }

  std::span<const std::unique_ptr<Store>> readers_;
  std::span<const HostState> rest_;
  Hour from_, to_;
  std::size_t turn_ = 0;
  std::vector<std::future<Result<std::vector<RowsOfHost>>>> parts_;
};

// Nothing where the host was not there, and has no row.
Result<void> add_host(Gathering& gathering, const policy::Policy& policy, const HostState& state,
                      const RowsOfHost& rows) {
  const MonthHours& month = gathering.month();
  const bool silent = rows.hours.empty() && rows.days.empty();
  const bool was_there = state.account.judge.first_seen < WallTime{month.to} &&
                         state.account.last_seen >= WallTime{month.from - silence_counts};
  if (silent && !was_there) return success();
  policy::Subject subject;
  subject.name = state.name;
  subject.id = state.id.hex();
  BOOST_OUTCOME_TRY(policy::read_subject(state.subject, subject));
  const ReportedHost host{subject.id, state.name, subject, policy.of(subject),
                          std::string{main_method(state.account)}};
  gathering.add(host, rows.hours, rows.days);
  return success();
}

}  // namespace

Result<Input> gather(std::span<const std::unique_ptr<Store>> readers, const policy::Policy& policy,
                     Order order, const Progress& progress) {
  std::vector<std::unique_ptr<Store::Snapshot>> moments;
  for (const auto& reader : readers) {
    BOOST_OUTCOME_TRY(moments.emplace_back(), reader->snapshot());
  }
  BOOST_OUTCOME_TRY(const auto hosts, readers.front()->load());
  Gathering gathering{policy, std::move(order)};
  ReadAhead ahead{readers, hosts, gathering.month().from, gathering.month().to};
  for (std::size_t done = 0; done < hosts.size();) {
    progress(done, hosts.size());
    BOOST_OUTCOME_TRY(const auto part, ahead.next());
    for (const RowsOfHost& rows : part) {
      BOOST_OUTCOME_TRY(add_host(gathering, policy, hosts[done++], rows));
    }
  }
  progress(hosts.size(), hosts.size());
  return std::move(gathering).finish();
}

}  // namespace sobriety::collector::report
