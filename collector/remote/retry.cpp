#include "collector/remote/retry.hpp"

#include "proto/base/text.hpp"

#include <algorithm>
#include <array>

namespace sobriety::collector::remote {

namespace {

using namespace std::chrono;

constexpr seconds longest_wait{3600};

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that senders of today may use (RFC 9110).
std::optional<sys_seconds> http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day_of = parse_number<unsigned>(text.substr(5, 2));
  const auto year_of = parse_number<unsigned>(text.substr(12, 4));
  const auto hour = parse_number<unsigned>(text.substr(17, 2));
  const auto minute = parse_number<unsigned>(text.substr(20, 2));
  const auto second = parse_number<unsigned>(text.substr(23, 2));
  if (month == months.end() || !day_of || !year_of || !hour || !minute || !second)
    return std::nullopt;
  const auto month_of = static_cast<unsigned>(month - months.begin()) + 1;
  const year_month_day date{year{static_cast<int>(*year_of)}, std::chrono::month{month_of},
                            day{*day_of}};
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
  text = trimmed(text);
  if (const auto wait = parse_number<unsigned>(text)) return std::min(seconds{*wait}, longest_wait);
  const auto until = http_date(text);
  if (!until) return std::nullopt;
  return std::clamp(ceil<seconds>(*until - now), seconds{0}, longest_wait);
}

}  // namespace sobriety::collector::remote
