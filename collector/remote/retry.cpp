#include "collector/remote/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sobriety::collector::remote {

namespace {

using namespace std::chrono;

constexpr seconds longest_wait{3600};

// A whole number of at most nine digits.
std::optional<int> number(std::string_view text) {
  int value = 0;
  if (text.empty() || text.size() > 9 || text.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that senders of today may use (RFC 9110).
std::optional<sys_seconds> http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day_of = number(text.substr(5, 2));
  const auto year_of = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == months.end() || !day_of || !year_of || !hour || !minute || !second)
    return std::nullopt;
  const auto month_of = static_cast<unsigned>(month - months.begin()) + 1;
  const year_month_day date{year{*year_of}, std::chrono::month{month_of},
                            day{static_cast<unsigned>(*day_of)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second};
}

}  // namespace

Outcome outcome_of(unsigned status) {
  if (status >= 200 && status < 300) return Outcome::accepted;
  if (status == 400 || status == 413 || status == 422) return Outcome::refused_part;
  if (status >= 400 && status < 500 && status != 429) return Outcome::refused;
  return Outcome::again;
}

std::optional<seconds> retry_after(std::string_view text, WallTime now) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (const auto wait = number(text)) return std::min(seconds{*wait}, longest_wait);
  const auto until = http_date(text);
  if (!until) return std::nullopt;
  return std::clamp(ceil<seconds>(*until - now), seconds{0}, longest_wait);
}

milliseconds pause_after(unsigned failures, double jitter) {
  constexpr milliseconds first{500};
  constexpr milliseconds longest{30'000};
  const milliseconds whole =
      std::min(longest, first * (1U << std::min(std::max(failures, 1U) - 1, 6U)));
  return whole - duration_cast<milliseconds>(whole / 2 * std::clamp(jitter, 0.0, 1.0));
}

}  // namespace sobriety::collector::remote
