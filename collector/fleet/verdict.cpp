#include "collector/fleet/verdict.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

constexpr double day_minutes = 24 * 60;

// The days from `first` on.
std::span<const QuietDay> since(std::span<const QuietDay> days, std::int32_t first) {
  const auto from =
      std::lower_bound(days.begin(), days.end(), first,
                       [](const QuietDay& day, std::int32_t number) { return day.day < number; });
  return days.subspan(static_cast<std::size_t>(from - days.begin()));
}

struct Sum {
  std::int64_t minutes = 0;
  std::int64_t quiet = 0;
  std::int64_t low = 0;
  std::int64_t logins = 0;

  [[nodiscard]] bool share(std::int64_t part, double wanted) const {
    return minutes > 0 && static_cast<double>(part) >= wanted * static_cast<double>(minutes) - 1e-9;
  }
};

Sum sum_of(std::span<const QuietDay> days) {
  Sum sum;
  for (const QuietDay& day : days) {
    sum.minutes += day.minutes;
    sum.quiet += day.quiet;
    sum.low += day.low;
    sum.logins += day.logins;
  }
  return sum;
}

class Look {
 public:
  Look(std::span<const QuietDay> days, std::int32_t today, std::int32_t left,
       const policy::VerdictRule& rule)
      : days_(days), today_(today), left_(left), rule_(rule) {}

  // The last `length` days are all there, and behind the last use.
  [[nodiscard]] bool whole(std::chrono::days length) const {
    const auto first = today_ - static_cast<std::int32_t>(length.count());
    return !days_.empty() && days_.front().day <= first && left_ < first;
  }
  [[nodiscard]] Sum over(std::chrono::days length) const {
    return sum_of(since(days_, today_ - static_cast<std::int32_t>(length.count())));
  }
  [[nodiscard]] bool comatose_for(std::chrono::days length) const {
    if (!whole(length)) return false;
    const Sum sum = over(length);
    return sum.logins == 0 && sum.share(sum.quiet, rule_.comatose.quiet_share);
  }
  [[nodiscard]] bool underused() const {
    if (!whole(rule_.underused.days)) return false;
    const Sum sum = over(rule_.underused.days);
    return sum.share(sum.quiet, rule_.underused.quiet_share) && sum.share(sum.low, 0.95);
  }

 private:
  std::span<const QuietDay> days_;
  std::int32_t today_;
  std::int32_t left_;
  const policy::VerdictRule& rule_;
};

bool is_long(Verdict verdict) {
  return verdict == Verdict::underused || verdict == Verdict::comatose ||
         verdict == Verdict::confirmed;
}

}  // namespace

std::int32_t days_kept(policy::Role role, const policy::VerdictRule& rule) {
  std::chrono::days days = std::max(rule.underused.days, rule.least_age);
  if (!policy::is_personal(role)) days = std::max({days, rule.comatose.days, rule.confirmed});
  return static_cast<std::int32_t>(days.count()) + 1;
}

double coverage(std::span<const QuietDay> days, std::int32_t today, std::int32_t over) {
  if (days.empty()) return 0;
  const std::int32_t first = std::max(days.front().day, today - over);
  if (first >= today) return 0;
  std::int64_t known = 0;
  for (const QuietDay& day : since(days, first)) known += day.known;
  return std::min(1.0,
                  static_cast<double>(known) / (static_cast<double>(today - first) * day_minutes));
}

StandingVerdict judge_days(StandingVerdict standing, std::span<const QuietDay> days,
                           std::int32_t today, Signs signs, policy::Role role,
                           const policy::VerdictRule& rule) {
  const bool is_server = role == policy::Role::server || role == policy::Role::virtual_machine;
  if (!days.empty() && days.back().day == today - 1) {
    const Sum yesterday = sum_of(days.last(1));
    if (yesterday.minutes > 0 && !yesterday.share(yesterday.quiet, rule.leave_below)) {
      standing.left = today - 1;
      if (is_long(standing.verdict)) standing.verdict = Verdict::none;
    }
  }
  const bool old_enough = !days.empty() && today - days.front().day >=
                                               static_cast<std::int32_t>(rule.least_age.count());
  if (!old_enough || !signs.has(Sign::cpu) || signs.only_cpu() ||
      coverage(days, today, static_cast<std::int32_t>(rule.underused.days.count())) <
          rule.least_coverage) {
    standing.verdict = Verdict::unknown;
    return standing;
  }
  const Look look{days, today, standing.left, rule};
  if (is_server && look.comatose_for(rule.confirmed))
    standing.verdict = Verdict::confirmed;
  else if (is_server && look.comatose_for(rule.comatose.days))
    standing.verdict =
        std::max(Verdict::comatose,
                 standing.verdict == Verdict::confirmed ? Verdict::confirmed : Verdict::comatose);
  else if (is_server && look.underused())
    standing.verdict = is_long(standing.verdict) ? standing.verdict : Verdict::underused;
  else if (!is_server || !is_long(standing.verdict))
    standing.verdict = Verdict::none;
  return standing;
}

}  // namespace sobriety::collector
