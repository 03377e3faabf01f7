#include "proto/runtime/values.hpp"

#include "proto/base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace sobriety {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first. Milliseconds.
constexpr std::array duration_units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                    Unit{"s", 1'000}, Unit{"ms", 1}};
// Largest first. Bytes.
constexpr std::array size_units{Unit{"TiB", 1ULL << 40U},
                                Unit{"TB", 1'000'000'000'000},
                                Unit{"GiB", 1ULL << 30U},
                                Unit{"GB", 1'000'000'000},
                                Unit{"MiB", 1ULL << 20U},
                                Unit{"MB", 1'000'000},
                                Unit{"KiB", 1ULL << 10U},
                                Unit{"kB", 1'000},
                                Unit{"B", 1}};

constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();

std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<std::uint64_t>(text.substr(0, digits));
  const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
  if (!number || unit == units.end() || *number > largest / unit->factor) return std::nullopt;
  return *number * unit->factor;
}

std::string with_unit(std::uint64_t value, std::span<const Unit> units,
                      std::string_view unit_of_zero) {
  if (value == 0) return std::string{"0"}.append(unit_of_zero);
  const auto unit =
      std::ranges::find_if(units, [&](const Unit& u) { return value % u.factor == 0; });
  return std::to_string(value / unit->factor).append(unit->name);
}

bool is_address(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  if (text.find('\0') != std::string::npos) return false;
  return ::inet_pton(family, text.c_str(), address.data()) == 1;
}

// Labels of letters, digits, '-' and '_' (RFC 1123 and common practice), 253 characters at most.
bool is_host_name(std::string_view text) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  if (text.size() > 253 || text.find_first_not_of(allowed) != std::string_view::npos) return false;
  if (text.find("..") != std::string_view::npos || text.front() == '.' || text.front() == '-')
    return false;
  // What ends in a number is meant as an IPv4 address, and was not one.
  const auto last_label = text.substr(text.find_last_of('.') + 1);
  return last_label.empty() || last_label.find_first_not_of("0123456789") != std::string_view::npos;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_with_unit(text, duration_units);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

std::string duration_text(std::chrono::milliseconds duration) {
  assert(duration.count() >= 0);
  return with_unit(static_cast<std::uint64_t>(duration.count()), duration_units, "s");
}

std::optional<Bytes> parse_size(std::string_view text) {
  if (const auto plain = parse_number<std::int64_t>(text); plain && *plain >= 0)
    return Bytes{static_cast<std::uint64_t>(*plain)};
  const auto value = parse_with_unit(text, size_units);
  if (!value) return std::nullopt;
  return Bytes{*value};
}

std::string size_text(Bytes size) { return with_unit(size.count(), size_units, "B"); }

std::optional<double> parse_finite(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::string finite_text(double value) {
  std::array<char, 32> text;
  const double magnitude = std::abs(value);
  const bool plain = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e15);
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, format).ptr};
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.find_last_of(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  const auto host = text.substr(0, colon);
  if (host.front() == '[') {
    if (host.back() != ']') return std::nullopt;
    std::string address{host.substr(1, host.size() - 2)};
    if (!is_address(AF_INET6, address)) return std::nullopt;
    return Endpoint{std::move(address), *port};
  }
  if (!is_address(AF_INET, std::string{host}) && !is_host_name(host)) return std::nullopt;
  return Endpoint{std::string{host}, *port};
}

bool is_loopback(const Endpoint& endpoint) {
  in_addr ipv4{};
  if (::inet_pton(AF_INET, endpoint.host.c_str(), &ipv4) == 1)
    return ntohl(ipv4.s_addr) >> 24U == 127;
  in6_addr ipv6{};
  return ::inet_pton(AF_INET6, endpoint.host.c_str(), &ipv6) == 1 &&
         IN6_IS_ADDR_LOOPBACK(&ipv6) != 0;
}

}  // namespace sobriety
