#include "agent/source/source.hpp"

#include <array>

namespace sobriety::agent {

namespace {
// In the order of EnergyScope.
constexpr std::array<std::string_view, 7> scope_names{"none", "machine",  "cpu",  "memory",
                                                      "gpu",  "platform", "other"};
}  // namespace

std::string_view scope_name(EnergyScope scope) {
  return scope_names.at(static_cast<std::size_t>(scope));
}

std::optional<EnergyScope> parse_scope(std::string_view name) {
  for (std::size_t i = 0; i < scope_names.size(); ++i)
    if (scope_names[i] == name) return static_cast<EnergyScope>(i);
  return std::nullopt;
}

Discovery not_found(const Error& error) {
  Discovery discovery;
  discovery.status = error.code == Errc::absent   ? SourceStatus::absent
                     : error.code == Errc::denied ? SourceStatus::denied
                                                  : SourceStatus::broken;
  discovery.summary = error.message;
  return discovery;
}

}  // namespace sobriety::agent
