#include "collector/report/desk.hpp"

#include "collector/report/stored.hpp"

#include <algorithm>
#include <thread>

namespace sobriety::collector::report {

namespace {

constexpr unsigned most_readers = 4;

Error about_report(std::int64_t no, const Error& error) {
  return {error.code, "report " + std::to_string(no) + ": " + error.message};
}

Result<Issue> read_kept(ReportArchive& archive, std::int64_t no) {
  BOOST_OUTCOME_TRY(const auto text, archive.text(no));
  if (!text)
    return fail(Errc::absent, "there is no report " + std::to_string(no) +
                                  "; `sobriety-collector report --list` tells which there are");
  auto input = read_stored(*text);
  if (!input) return about_report(no, input.error());
  return Issue{no, std::move(input.value()), 0, {}};
}

}  // namespace

Result<Input> Desk::from_ledger(std::chrono::year_month month, std::optional<Baseline> baseline,
                                WallTime now, const Progress& progress) const {
  BOOST_OUTCOME_TRY(const auto zone, zone_of(options_));
  BOOST_OUTCOME_TRY(auto hours, hours_of(month, zone, options_.time_zone, now));
  std::vector<std::unique_ptr<Store>> readers;
  for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 1U, most_readers); ++i) {
    BOOST_OUTCOME_TRY(readers.emplace_back(), open_store(store_, Access::look));
  }
  return gather(readers, policy_,
                Order{std::move(hours), now, options_, policy_version_, std::move(baseline)},
                progress);
}

Result<Issue> Desk::issue(std::chrono::year_month month,
                          std::optional<std::chrono::year_month> baseline, WallTime now, bool keep,
                          const Progress& progress) const {
  std::optional<Baseline> before;
  if (baseline) {
    BOOST_OUTCOME_TRY(auto earlier, newest(*baseline));
    if (!earlier) {
      BOOST_OUTCOME_TRY(auto input, from_ledger(*baseline, {}, now, progress));
      earlier = Issue{0, std::move(input), 0, {}};
    }
    before = baseline_of(earlier->input);
  }
  Issue issue;
  BOOST_OUTCOME_TRY(issue.input, from_ledger(month, std::move(before), now, progress));
  BOOST_OUTCOME_TRY(auto last, newest(month));
  if (last) {
    issue.compared_with = last->no;
    issue.changes = changes(last->input, issue.input);
    // The same but for when it was issued: it is the one that is there.
    const std::int64_t issued = std::exchange(issue.input.issued, last->input.issued);
    if (issue.input == last->input) return std::move(*last);
    issue.input.issued = issued;
  }
  if (!keep) return issue;
  BOOST_OUTCOME_TRY(const auto archive, ReportArchive::open(store_));
  BOOST_OUTCOME_TRY(issue.no, archive->keep(issue.input.period.month, issue.input.issued,
                                            stored_text(issue.input)));
  return issue;
}

Result<Issue> Desk::again(std::int64_t no) const {
  BOOST_OUTCOME_TRY(const auto archive, ReportArchive::look(store_));
  if (!archive) return fail(Errc::absent, "no report was kept yet");
  return read_kept(*archive, no);
}

Result<std::optional<Issue>> Desk::newest(std::chrono::year_month month) const {
  BOOST_OUTCOME_TRY(const auto archive, ReportArchive::look(store_));
  if (!archive) return std::optional<Issue>{};
  BOOST_OUTCOME_TRY(const auto list, archive->list(month_text(month)));
  if (list.empty()) return std::optional<Issue>{};
  BOOST_OUTCOME_TRY(auto issue, read_kept(*archive, list.back().no));
  return std::optional{std::move(issue)};
}

Result<std::vector<KeptReport>> Desk::kept() const {
  BOOST_OUTCOME_TRY(const auto archive, ReportArchive::look(store_));
  if (!archive) return std::vector<KeptReport>{};
  return archive->list("");
}

}  // namespace sobriety::collector::report
