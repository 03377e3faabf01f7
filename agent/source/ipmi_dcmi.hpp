// Power of the whole machine as its BMC tells it by DCMI, through the kernel's /dev/ipmi0.
//
// A BMC may take seconds to answer, so it is asked on a thread of its own, every 10 s; between two
// answers the power is taken to be the newest.
#pragma once

#include "agent/source/source.hpp"

#include <functional>
#include <span>

namespace sobriety::agent {

// Watts of the data of a response to Get Power Reading (DCMI 1.5, section 6.6.1), its completion
// code first. Unsupported where the BMC does not know the command or has switched it off.
[[nodiscard]] Result<Watts> parse_power_reading(std::span<const std::uint8_t> response);

// One question to the BMC; unavailable when it has not answered within `patience`.
using AskPower = std::function<Result<Watts>(std::chrono::milliseconds patience)>;

[[nodiscard]] Discovery discover_ipmi_dcmi(const Roots& roots, const SourceOptions& options);
// The same over any BMC, with the time between two questions. It is asked once before this returns,
// and given a second: a slower one has no series yet, and asks for a rescan with its first answer.
[[nodiscard]] Discovery discover_ipmi_dcmi(AskPower ask, std::chrono::milliseconds period,
                                           std::shared_ptr<const Clock> clock);

}  // namespace sobriety::agent
