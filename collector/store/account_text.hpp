// The parts of an account that have no column of their own, as JSON: energy by method and by
// component, emissions by the source of their factor. People may read it in the database; SQLite's
// json functions too.
#pragma once

#include "collector/fleet/host.hpp"
#include "proto/base/result.hpp"

#include <string>
#include <string_view>

namespace sobriety::collector {

// {"external_meter": microjoules, …}, without those that are zero; by scope {"cpu": …} likewise.
[[nodiscard]] std::string methods_text(const Account& account);
[[nodiscard]] std::string scopes_text(const Account& account);
// [["package-0", newest counter, microjoules], …] in the account's order.
[[nodiscard]] std::string components_text(const Account& account);

// {"source": micrograms of CO2e, …}
[[nodiscard]] std::string emissions_text(const Account& account);

// A name that this build does not know is an error: its energy would be lost.
[[nodiscard]] Result<void> read_methods(std::string_view text, Account& account);
[[nodiscard]] Result<void> read_scopes(std::string_view text, Account& account);
[[nodiscard]] Result<void> read_components(std::string_view text, Account& account);

[[nodiscard]] Result<void> read_emissions(std::string_view text, Account& account);

}  // namespace sobriety::collector
