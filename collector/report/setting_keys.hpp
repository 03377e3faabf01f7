// Settings of a report that its pages know by name: thresholds as the policy file calls them,
// behind the name of their set, and what was found of the ledger.
#pragma once

#include "collector/report/wording.hpp"

#include <array>
#include <string_view>

namespace sobriety::collector::report {

enum class Unit : std::uint8_t { share, bytes_a_second, minutes, days, count };

struct ThresholdKey {
  std::string_view key;
  Text text;
  Unit unit;
};

inline constexpr std::array threshold_keys{
    ThresholdKey{"quiet.cpu_ratio", Text::quiet_cpu_ratio, Unit::share},
    ThresholdKey{"quiet.cpu_cores", Text::quiet_cpu_cores, Unit::count},
    ThresholdKey{"quiet.network_received", Text::quiet_received, Unit::bytes_a_second},
    ThresholdKey{"quiet.network_sent", Text::quiet_sent, Unit::bytes_a_second},
    ThresholdKey{"quiet.disk", Text::quiet_disk, Unit::bytes_a_second},
    ThresholdKey{"quiet.gpu_ratio", Text::quiet_gpu, Unit::share},
    ThresholdKey{"idle.window", Text::idle_window, Unit::minutes},
    ThresholdKey{"idle.quiet_share", Text::idle_quiet_share, Unit::share},
    ThresholdKey{"idle.wake_buckets", Text::idle_wake, Unit::minutes},
    ThresholdKey{"idle.wake_of", Text::idle_wake_of, Unit::minutes},
    ThresholdKey{"idle.remote_session", Text::idle_remote, Unit::minutes},
    ThresholdKey{"verdict.underused.after", Text::underused_after, Unit::days},
    ThresholdKey{"verdict.underused.quiet_share", Text::underused_share, Unit::share},
    ThresholdKey{"verdict.underused.cpu_p95", Text::underused_p95, Unit::share},
    ThresholdKey{"verdict.comatose.after", Text::comatose_after, Unit::days},
    ThresholdKey{"verdict.comatose.quiet_share", Text::comatose_share, Unit::share},
    ThresholdKey{"verdict.confirmed_after", Text::confirmed_after, Unit::days},
    ThresholdKey{"verdict.leave_below", Text::leave_below, Unit::share},
    ThresholdKey{"verdict.least_coverage", Text::least_coverage, Unit::share},
    ThresholdKey{"verdict.least_age", Text::least_age, Unit::days},
};

inline constexpr std::string_view ledger_key = "ledger";
inline constexpr std::string_view ledger_by_hour = "by hour";
inline constexpr std::string_view ledger_by_day = "by day of UTC, in part";
// How many rows of the ledger are not as they were written; absent where there is none.
inline constexpr std::string_view damaged_key = "damaged rows";

}  // namespace sobriety::collector::report
