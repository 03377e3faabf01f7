// What the judge remembers of a host, and what waits to be energy, as one short text: numbers
// with spaces between them, the first of which is the version of the others.
#pragma once

#include "collector/fleet/host.hpp"
#include "proto/base/result.hpp"

#include <string>
#include <string_view>

namespace sobriety::collector {

[[nodiscard]] std::string judge_text(const Account& account);
// An empty text is that of a host that nobody judged yet.
[[nodiscard]] Result<void> read_judge(std::string_view text, Account& account);

}  // namespace sobriety::collector
