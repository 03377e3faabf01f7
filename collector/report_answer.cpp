#include "collector/report_answer.hpp"

#include "collector/report/desk.hpp"

namespace sobriety::collector {

namespace {

Result<report::Issue> issue_of(const report::Desk& desk, const ReportRequest& request,
                               WallTime now) {
  if (request.again > 0) return desk.again(request.again);
  BOOST_OUTCOME_TRY(const auto month, report::parse_month(request.month));
  BOOST_OUTCOME_TRY(auto kept, desk.newest(month));
  if (kept) return std::move(*kept);
  return desk.issue(month, std::nullopt, now, false, [](std::uint64_t, std::uint64_t) {});
}

}  // namespace

Result<ReportAnswer> report_answer(const CollectorConfig& config, const PolicyInForce& policy,
                                   const ReportRequest& request, WallTime now) {
  const report::Desk desk{config.store, *policy.policy, policy.version, config.report};
  BOOST_OUTCOME_TRY(const auto issue, issue_of(desk, request, now));
  return ReportAnswer{std::string{report::media_type(request.style.format)},
                      report::written(issue.input, request.style)};
}

}  // namespace sobriety::collector
