#include "collector/policy_commands.hpp"

#include "collector/policy/calibration.hpp"
#include "collector/policy/explain.hpp"
#include "proto/runtime/read_file.hpp"
#include "proto/runtime/values.hpp"

#include <cmath>
#include <iostream>
#include <string_view>

namespace sobriety::collector {

namespace {

int complain(const Error& error) {
  std::cerr << "sobriety-collector: " << error.message << '\n';
  return 1;
}

Result<policy::LoadedPolicy> load(const CollectorConfig& config) {
  if (config.policy_file.empty()) return policy::LoadedPolicy{};
  return policy::load_policy(config.policy_file);
}

constexpr std::size_t most_file_bytes = 64U << 20U;

Result<policy::Calibration> fit(const CalibrateFiles& files) {
  BOOST_OUTCOME_TRY(const auto meter_text, read_file(files.meter, most_file_bytes));
  BOOST_OUTCOME_TRY(const auto meter, policy::read_timed(meter_text, files.meter, "watts"));
  BOOST_OUTCOME_TRY(const auto rapl_text, read_file(files.rapl, most_file_bytes));
  BOOST_OUTCOME_TRY(const auto rapl, policy::read_timed(rapl_text, files.rapl, "joules"));
  return policy::calibrate(policy::pair_up(meter, rapl));
}

// With three decimals, which is finer than any meter.
std::string rounded(double value) { return finite_text(std::round(value * 1000) / 1000); }

void print_as_comments(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::cout << "# " << text.substr(0, end) << '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace

int check_config(const CollectorConfig& config, const std::string& explain) {
  const auto loaded = load(config);
  if (!loaded) return complain(loaded.error());
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  if (explain.empty()) {
    std::cout << describe(config);
    if (!config.policy_file.empty()) print_as_comments(summary_text(loaded.value(), now));
    return 0;
  }
  const auto subject = policy::parse_subject(explain);
  if (!subject) return complain({subject.error().code, "--explain: " + subject.error().message});
  std::cout << explain_text(loaded.value().policy, subject.value(), now);
  return 0;
}

int calibrate_host(const std::string& host, const CalibrateFiles& files) {
  const auto found = fit(files);
  if (!found) return complain(found.error());
  const policy::Calibration& calibration = found.value();
  std::cout << "# " << calibration.pairs << " intervals; errors: " << rounded(calibration.rms_error)
            << " W (root of the mean square, " << rounded(calibration.relative_error * 100)
            << " % of the mean power), " << rounded(calibration.worst_error) << " W at most\n"
            << "rules:\n  " << yaml::quoted_scalar("calibration of " + host)
            << ":\n    match: {hostname: [" << yaml::quoted_scalar(host)
            << "]}\n    set: {rapl_calibrated: {a: " << rounded(calibration.model.a)
            << ", b: " << rounded(calibration.model.b) << "}}\n";
  return 0;
}

}  // namespace sobriety::collector
