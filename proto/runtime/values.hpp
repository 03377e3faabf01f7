// How durations, sizes and network endpoints are written in configuration files and on command
// lines.
#pragma once

#include "proto/base/units.hpp"
#include "proto/runtime/endpoint.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety {

// "500ms", "5s", "1m", "2h", "1d": a whole number and its unit, nothing else. Never negative.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// In the largest unit that fits without a rest; reads back as the same. `duration` >= 0.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

// "4KiB", "64MiB", "1GB" (powers of 1000), "512B"; without a unit, bytes.
[[nodiscard]] std::optional<Bytes> parse_size(std::string_view text);
[[nodiscard]] std::string size_text(Bytes size);

// A finite number such as 3, 0.5 or 1e3, the whole text.
[[nodiscard]] std::optional<double> parse_finite(std::string_view text);
// The shortest text that reads back as the same double, with an exponent only where it is far
// from 1.
[[nodiscard]] std::string finite_text(double value);

// "host:port" or "[::1]:port", as to_string(Endpoint) writes it. Port 0 is read: where a listener
// may choose its own, it is meant.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);
// The host is a loopback address in digits (127.0.0.0/8 or ::1); a name never is.
[[nodiscard]] bool is_loopback(const Endpoint& endpoint);

}  // namespace sobriety
