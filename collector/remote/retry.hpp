// What a receiver's answer means for what was sent. Pure.
#pragma once

#include "proto/base/units.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sobriety::collector::remote {

// As the specification of Remote-Write 1.0 has it: 2xx is done; 5xx and 429 are tried again; of
// other 4xx the receiver will never take that request.
enum class Outcome : std::uint8_t {
  accepted,
  again,
  refused,      // all of it
  refused_part  // something in it: 400, 413 and 422 may be about one series of many
};
[[nodiscard]] Outcome outcome_of(unsigned status);

// From a Retry-After field, seconds or an HTTP date; at most an hour. Nothing where it is neither.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(std::string_view text, WallTime now);

}  // namespace sobriety::collector::remote
