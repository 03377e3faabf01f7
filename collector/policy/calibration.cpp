#include "collector/policy/calibration.hpp"

#include "collector/policy/csv.hpp"
#include "collector/policy/power_method.hpp"
#include "collector/policy/timestamp.hpp"
#include "proto/runtime/values.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace sobriety::collector::policy {

namespace {

constexpr std::size_t least_pairs = 20;
constexpr std::size_t most_rows = 1'000'000;
// Of RAPL's power: a line through points closer together says little about its slope.
constexpr double least_spread_watts = 3;
constexpr double least_spread_ratio = 0.3;
constexpr std::chrono::minutes longest_interval{10};
constexpr double largest_error =
    ladder[static_cast<std::size_t>(PowerMethod::rapl_calibrated)].uncertainty.above;

std::string rounded(double value) { return finite_text(std::round(value * 100) / 100); }

struct Sums {
  double mean_rapl = 0;
  double mean_wall = 0;
  double rapl_rapl = 0;  // sum of the squares of the distance from the mean
  double rapl_wall = 0;
};

Sums sums_of(std::span<const PowerPair> pairs) {
  Sums sums;
  const auto count = static_cast<double>(pairs.size());
  for (const auto& [rapl, wall] : pairs) {
    sums.mean_rapl += rapl / count;
    sums.mean_wall += wall / count;
  }
  for (const auto& [rapl, wall] : pairs) {
    sums.rapl_rapl += (rapl - sums.mean_rapl) * (rapl - sums.mean_rapl);
    sums.rapl_wall += (rapl - sums.mean_rapl) * (wall - sums.mean_wall);
  }
  return sums;
}

Result<void> require_spread(std::span<const PowerPair> pairs, double mean) {
  if (pairs.size() < least_pairs)
    return fail(Errc::malformed, "there are " + std::to_string(pairs.size()) +
                                     " times that both the meter and RAPL know, at least " +
                                     std::to_string(least_pairs) +
                                     " are needed: measure longer, and look at both clocks");
  const auto [least, most] = std::ranges::minmax_element(pairs, {}, &PowerPair::rapl);
  const double spread = most->rapl - least->rapl;
  if (spread >= std::max(least_spread_watts, least_spread_ratio * mean)) return success();
  return fail(Errc::malformed,
              "RAPL's power was between " + rounded(least->rapl) + " and " + rounded(most->rapl) +
                  " W only: let the machine be idle, half loaded and fully loaded, "
                  "some minutes each");
}

Result<void> require_sense(const Calibration& found, double mean_rapl, double mean_wall) {
  const std::string line =
      "wall = " + rounded(found.model.a) + " W + " + rounded(found.model.b) + " x RAPL";
  if (found.model.b <= 0 || mean_wall <= mean_rapl)
    return fail(Errc::malformed,
                line +
                    " makes no sense, for a machine takes more than its processors "
                    "and more as they do: is the meter that of this machine?");
  if (found.relative_error > largest_error)
    return fail(Errc::malformed,
                line + " errs by " + rounded(found.relative_error * 100) + " %, more than the " +
                    rounded(largest_error * 100) +
                    " % that a calibrated machine may: another load (GPU, disks) or "
                    "clocks that differ");
  return success();
}

}  // namespace

Result<std::vector<TimedValue>> read_timed(std::string_view text, const std::string& file,
                                           std::string_view figure) {
  const std::array<std::string_view, 2> names{"timestamp", figure};
  const auto refuse = [](Error error) { return fail(error.code, std::move(error.message)); };
  BOOST_OUTCOME_TRY(auto csv, Csv::open(text, file, {.rows = most_rows}));
  BOOST_OUTCOME_TRY(csv.allow_only(names));
  BOOST_OUTCOME_TRY(const std::size_t time_at, csv.column({&names[0], 1}));
  BOOST_OUTCOME_TRY(const std::size_t figure_at, csv.column({&names[1], 1}));
  std::vector<TimedValue> values;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, csv.next());
    if (!more) return values;
    const auto time = parse_timestamp(csv[time_at], WithoutOffset::is_utc);
    if (!time) return refuse(csv.error(time_at, "a time such as 2026-07-14T08:00:00Z"));
    if (!values.empty() && *time <= values.back().time)
      return refuse(csv.error("is not later than the line before"));
    const auto value = csv.number(figure_at);
    if (!value || *value < 0) return refuse(csv.error(figure_at, "a number, 0 or more"));
    values.push_back({*time, *value});
  }
}

std::vector<PowerPair> pair_up(std::span<const TimedValue> meter,
                               std::span<const TimedValue> counter) {
  std::vector<PowerPair> pairs;
  auto reading = meter.begin();
  for (std::size_t i = 1; i < counter.size(); ++i) {
    const auto& [from, joules_before] = counter[i - 1];
    const auto& [to, joules] = counter[i];
    while (reading != meter.end() && reading->time < from) ++reading;
    double sum = 0;
    unsigned count = 0;
    for (auto in = reading; in != meter.end() && in->time <= to; ++in, ++count) sum += in->value;
    if (count == 0 || joules < joules_before || to - from > longest_interval) continue;
    const auto elapsed = static_cast<double>((to - from).count());
    pairs.push_back({(joules - joules_before) / elapsed, sum / count});
  }
  return pairs;
}

Result<Calibration> calibrate(std::span<const PowerPair> pairs) {
  const Sums sums = sums_of(pairs);
  BOOST_OUTCOME_TRY(require_spread(pairs, sums.mean_rapl));
  Calibration found;
  found.pairs = pairs.size();
  found.model.b = sums.rapl_wall / sums.rapl_rapl;
  found.model.a = sums.mean_wall - found.model.b * sums.mean_rapl;
  double squares = 0;
  for (const auto& [rapl, wall] : pairs) {
    const double error = wall - wall_power(found.model, Watts{rapl}).count();
    squares += error * error;
    found.worst_error = std::max(found.worst_error, std::abs(error));
  }
  found.rms_error = std::sqrt(squares / static_cast<double>(pairs.size()));
  found.relative_error = found.rms_error / sums.mean_wall;
  BOOST_OUTCOME_TRY(require_sense(found, sums.mean_rapl, sums.mean_wall));
  return found;
}

}  // namespace sobriety::collector::policy
