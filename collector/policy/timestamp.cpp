#include "collector/policy/timestamp.hpp"

#include "collector/policy/holidays.hpp"
#include "proto/base/text.hpp"

namespace sobriety::collector::policy {

namespace {

using namespace std::chrono;

// Two digits, at most `most`.
std::optional<int> two_digits(std::string_view text, int most) {
  if (text.size() != 2 || text.front() == '-') return std::nullopt;
  const auto number = parse_number<int>(text);
  if (!number || *number > most) return std::nullopt;
  return number;
}

// "+02:00" or "+0200", as what is to be taken off.
std::optional<seconds> parse_offset(std::string_view text) {
  const bool colon = text.size() == 6 && text[3] == ':';
  if (!colon && text.size() != 5) return std::nullopt;
  if (text.front() != '+' && text.front() != '-') return std::nullopt;
  const auto hour = two_digits(text.substr(1, 2), 14);
  const auto minute = two_digits(text.substr(colon ? 4 : 3), 59);
  if (!hour || !minute) return std::nullopt;
  const seconds offset = hours{*hour} + minutes{*minute};
  return text.front() == '-' ? -offset : offset;
}

}  // namespace

std::optional<sys_seconds> parse_timestamp(std::string_view text, WithoutOffset without) {
  constexpr std::size_t date_length = 10;
  if (text.size() < date_length + 6) return std::nullopt;
  const auto date = parse_date(text.substr(0, date_length));
  if (!date || (text[date_length] != 'T' && text[date_length] != ' ')) return std::nullopt;
  text.remove_prefix(date_length + 1);
  const auto hour = two_digits(text.substr(0, 2), 23);
  const auto minute = two_digits(text.substr(3, 2), 59);
  if (!hour || !minute || text[2] != ':') return std::nullopt;
  text.remove_prefix(5);
  sys_seconds time = sys_days{*date} + hours{*hour} + minutes{*minute};
  if (text.starts_with(':')) {
    const auto second = two_digits(text.substr(1, 2), 59);
    if (!second) return std::nullopt;
    time += seconds{*second};
    text.remove_prefix(3);
  }
  if (text == "Z" || text == " UTC") return time;
  if (text.empty()) {
    if (without == WithoutOffset::is_refused) return std::nullopt;
    return time;
  }
  const auto offset = parse_offset(text);
  if (!offset) return std::nullopt;
  return time - *offset;
}

std::string timestamp_text(sys_seconds time) {
  const auto day = floor<days>(time);
  const auto padded = [](auto number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const hh_mm_ss clock{time - day};
  return date_text(Date{day}) + "T" + padded(clock.hours().count()) + ":" +
         padded(clock.minutes().count()) + "Z";
}

}  // namespace sobriety::collector::policy
