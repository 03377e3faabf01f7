#include "collector/policy_in_force.hpp"

#include "collector/policy/policy_file.hpp"
#include "proto/runtime/read_file.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cinttypes>
#include <cstdio>

namespace sobriety::collector {

Result<PolicyInForce> policy_in_force(const std::filesystem::path& file) {
  if (file.empty()) return PolicyInForce{std::make_shared<const policy::Policy>(), "defaults", {}};
  BOOST_OUTCOME_TRY(auto loaded, policy::load_policy(file));
  BOOST_OUTCOME_TRY(const auto bytes, read_file(file, policy::policy_limits.bytes));
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%016" PRIx64,
                static_cast<std::uint64_t>(XXH3_64bits(bytes.data(), bytes.size())));
  return PolicyInForce{std::make_shared<const policy::Policy>(std::move(loaded.policy)),
                       text.data(), std::move(loaded.notes)};
}

}  // namespace sobriety::collector
