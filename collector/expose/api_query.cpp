#include "collector/expose/api_query.hpp"

#include "proto/base/json_text.hpp"
#include "proto/base/text.hpp"
#include "proto/base/utf8.hpp"

#include <algorithm>
#include <array>

namespace sobriety::collector {

namespace {

constexpr std::array<std::string_view, 6> role_names{"server", "workstation", "laptop",
                                                     "thin",   "virtual",     "unknown"};
constexpr std::array<std::string_view, 6> state_names{"active",    "idle", "on",
                                                      "suspended", "off",  "lost"};
constexpr std::array<std::string_view, 7> verdict_names{
    "none", "unknown", "left_on", "underused", "comatose", "confirmed", "exempt"};

// Of a text of others, as far as an answer should repeat it.
std::string shown(std::string_view text) {
  std::string out;
  for (const char letter : text.substr(0, 40))
    out += static_cast<unsigned char>(letter) < 0x20 || static_cast<unsigned char>(letter) >= 0x7F
               ? '?'
               : letter;
  return "'" + out + "'";
}

auto wrong(std::string message) { return fail(Errc::malformed, std::move(message)); }

int digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

Result<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return wrong("the query has a % without two hexadecimal digits behind it");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (find_invalid_utf8(out) != std::string_view::npos) return wrong("the query is no UTF-8");
  return out;
}

template <std::size_t N>
Result<std::optional<std::string>> choice(const Query& query, std::string_view name,
                                          const std::array<std::string_view, N>& names) {
  const std::string* value = query.find(name);
  if (value == nullptr) return std::optional<std::string>{};
  if (std::find(names.begin(), names.end(), *value) == names.end()) {
    std::string list;
    for (const std::string_view one : names) list.append(list.empty() ? "" : ", ").append(one);
    return wrong(std::string{name} + ": expected one of " + list + ", got " + shown(*value));
  }
  return std::optional{*value};
}

std::optional<std::string> given(const Query& query, std::string_view name) {
  const std::string* value = query.find(name);
  return value == nullptr ? std::nullopt : std::optional{*value};
}

}  // namespace

Result<Query> Query::parse(std::string_view text, std::initializer_list<std::string_view> known) {
  if (text.size() > QueryLimits::bytes)
    return fail(Errc::too_large,
                "the query is longer than " + std::to_string(QueryLimits::bytes) + " bytes");
  Query query;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const auto sign = part.find('=');
    if (sign == std::string_view::npos) return wrong("the query has " + shown(part) + " without =");
    BOOST_OUTCOME_TRY(auto name, decoded(part.substr(0, sign)));
    BOOST_OUTCOME_TRY(auto value, decoded(part.substr(sign + 1)));
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string list;
      for (const std::string_view one : known) list.append(list.empty() ? "" : ", ").append(one);
      return wrong("unknown parameter " + shown(name) +
                   (list.empty() ? "; there are none here" : "; there are " + list));
    }
    if (query.find(name) != nullptr) return wrong("parameter " + shown(name) + " is given twice");
    if (value.size() > QueryLimits::value_bytes)
      return fail(Errc::too_large, "the value of " + shown(name) + " is longer than " +
                                       std::to_string(QueryLimits::value_bytes) + " bytes");
    if (query.parameters_.size() == QueryLimits::parameters)
      return fail(Errc::too_large, "the query has too many parameters");
    query.parameters_.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

const std::string* Query::find(std::string_view name) const {
  for (const auto& [key, value] : parameters_)
    if (key == name) return &value;
  return nullptr;
}

Result<std::size_t> Query::number(std::string_view name, std::size_t standard, std::size_t least,
                                  std::size_t most) const {
  const std::string* text = find(name);
  if (text == nullptr) return standard;
  const auto value = parse_number<std::size_t>(*text);
  if (!value || *value < least || *value > most)
    return wrong(std::string{name} + ": expected a whole number from " + std::to_string(least) +
                 " to " + std::to_string(most) + ", got " + shown(*text));
  return *value;
}

Result<bool> Query::flag(std::string_view name) const {
  const std::string* text = find(name);
  if (text == nullptr || *text == "false") return false;
  if (*text == "true") return true;
  return wrong(std::string{name} + ": expected true or false, got " + shown(*text));
}

std::string problem_text(unsigned status, std::string_view detail) {
  const std::string_view title = status == 400   ? "Bad Request"
                                 : status == 404 ? "Not Found"
                                 : status == 405 ? "Method Not Allowed"
                                 : status == 503 ? "Service Unavailable"
                                                 : "Internal Server Error";
  return "{\"type\":\"about:blank\",\"title\":" + json_text(title) +
         ",\"status\":" + std::to_string(status) + ",\"detail\":" + json_text(detail) + "}\n";
}

unsigned status_of(Errc code) {
  switch (code) {
    case Errc::malformed:
    case Errc::too_large:
      return 400;
    case Errc::absent:
      return 404;
    case Errc::unavailable:
    case Errc::exhausted:
    case Errc::closed:
      return 503;
    case Errc::denied:
    case Errc::broken:
    case Errc::unsupported:
      return 500;
  }
  return 500;
}

bool HostFilter::takes(std::string_view of_site, std::string_view of_department,
                       std::string_view of_role, std::string_view of_state,
                       std::string_view of_verdict) const {
  const auto fits = [](const std::optional<std::string>& wanted, std::string_view value) {
    return !wanted || *wanted == value;
  };
  return fits(site, of_site) && fits(department, of_department) && fits(role, of_role) &&
         fits(state, of_state) && fits(verdict, of_verdict);
}

Result<HostFilter> host_filter(std::string_view text) {
  BOOST_OUTCOME_TRY(const auto query, Query::parse(text, {"site", "department", "role", "state",
                                                          "verdict", "limit", "after"}));
  HostFilter filter;
  filter.site = given(query, "site");
  filter.department = given(query, "department");
  BOOST_OUTCOME_TRY(filter.role, choice(query, "role", role_names));
  BOOST_OUTCOME_TRY(filter.state, choice(query, "state", state_names));
  BOOST_OUTCOME_TRY(filter.verdict, choice(query, "verdict", verdict_names));
  BOOST_OUTCOME_TRY(filter.limit, query.number("limit", filter.limit, 1, most_a_page));
  if (const std::string* after = query.find("after")) {
    auto id = parse_hex_id(*after);
    if (!id) return wrong("after: expected the id of a host, got " + shown(*after));
    filter.after = HostId{id.value()};
  }
  return filter;
}

}  // namespace sobriety::collector
