#include "collector/policy_commands.hpp"

#include "collector/policy/explain.hpp"

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

}  // namespace sobriety::collector
