// The input of a month's report, from the rows of the ledger and what the policy says of each host.
// Pure but for gather(), which reads the store.
#pragma once

#include "collector/policy/policy.hpp"
#include "collector/report/month.hpp"
#include "collector/report/options.hpp"
#include "collector/store/store.hpp"

#include <memory>
#include <span>

namespace sobriety::collector::report {

struct Order {
  MonthHours month;
  WallTime now{};
  ReportOptions options;
  std::string policy_version;
  std::optional<Baseline> baseline;
};

// A host as a report sees it.
struct ReportedHost {
  std::string id, name;
  policy::Subject subject;
  policy::HostPolicy policy;
  std::string method;  // that told most of its energy
};

class Gathering {
 public:
  Gathering(const policy::Policy& policy, Order order);
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;

  // Rows of its hours, and of days whose hours are gone; those outside the month are passed over.
  void add(const ReportedHost& host, std::span<const LedgerRow> hours,
           std::span<const LedgerRow> days);
  [[nodiscard]] const MonthHours& month() const { return order_.month; }
  [[nodiscard]] Input finish() &&;

 private:
  class OfHost;

  // What of each hour of the month is within the calendar's hours, 0 to 1.
  const std::vector<double>& shares_of(const policy::Calendar& calendar);

  const policy::Policy& policy_;
  Order order_;
  FactorTable factors_;
  std::map<const policy::Calendar*, std::vector<Window>> windows_;
  std::map<const policy::Calendar*, std::vector<double>> shares_;
  Input input_;
  bool has_days_ = false;      // part of the month is known by day only
  std::uint64_t damaged_ = 0;  // rows that are not as they were written
};

// Hosts that were seen in the month or up to 31 days before: one that fell silent is no saving, its
// time is unknown. Each of `readers`, of one store, is read by a thread of its own; at least one.
// `progress` is in hosts.
[[nodiscard]] Result<Input> gather(std::span<const std::unique_ptr<Store>> readers,
                                   const policy::Policy& policy, Order order,
                                   const Progress& progress);

// What a report is later compared with.
[[nodiscard]] Baseline baseline_of(const Input& input);

// Thresholds and calendars in words, for the reader of a report.
[[nodiscard]] std::vector<Setting> settings_of(const policy::Policy& policy);

}  // namespace sobriety::collector::report
