// Where reports are issued: a new one from the ledger, or one that was kept, as it was.
#pragma once

#include "collector/report/changes.hpp"
#include "collector/report/gather.hpp"
#include "collector/store/report_archive.hpp"

#include <functional>
#include <optional>

namespace sobriety::collector::report {

struct Issue {
  std::int64_t no = 0;  // 0: not kept
  Input input;
  std::int64_t compared_with = 0;  // number of the issue before it, 0: none
  std::vector<Change> changes;     // since that one
};

class Desk {
 public:
  Desk(StoreOptions store, const policy::Policy& policy, std::string policy_version,
       ReportOptions options)
      : store_(std::move(store)),
        policy_(policy),
        policy_version_(std::move(policy_version)),
        options_(std::move(options)) {}

  // From the ledger as it is, with the policy as it is. `baseline`: a month to compare with, its
  // newest issue or else its ledger. `keep`: where it says something new.
  [[nodiscard]] Result<Issue> issue(std::chrono::year_month month,
                                    std::optional<std::chrono::year_month> baseline, WallTime now,
                                    bool keep, const Progress& progress) const;
  // One that was kept; the newest of its month.
  [[nodiscard]] Result<Issue> again(std::int64_t no) const;
  [[nodiscard]] Result<std::optional<Issue>> newest(std::chrono::year_month month) const;
  [[nodiscard]] Result<std::vector<KeptReport>> kept() const;

 private:
  [[nodiscard]] Result<Input> from_ledger(std::chrono::year_month month,
                                          std::optional<Baseline> baseline, WallTime now,
                                          const Progress& progress) const;

  StoreOptions store_;
  const policy::Policy& policy_;
  std::string policy_version_;
  ReportOptions options_;
};

}  // namespace sobriety::collector::report
