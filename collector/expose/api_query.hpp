// What a request of the API asks for: the query of its URL, read strictly and within bounds. Pure.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sobriety::collector {

struct QueryLimits {
  static constexpr std::size_t bytes = 2048;
  static constexpr std::size_t parameters = 32;
  static constexpr std::size_t value_bytes = 512;
};

class Query {
 public:
  // Of what is behind '?': names and values with %XX and + for a blank. A name that is not `known`,
  // that comes twice or that has no '=' is an error, and so is a value that is no UTF-8.
  [[nodiscard]] static Result<Query> parse(std::string_view text,
                                           std::initializer_list<std::string_view> known);

  // Null where it is not given; an empty value is given.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  // A whole number in [least, most]; `standard` where it is not given.
  [[nodiscard]] Result<std::size_t> number(std::string_view name, std::size_t standard,
                                           std::size_t least, std::size_t most) const;
  [[nodiscard]] Result<bool> flag(std::string_view name) const;  // true or false; false

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

// An error as problem details (RFC 9457): a JSON object of type, title, status and detail.
inline constexpr std::string_view problem_type = "application/problem+json";
[[nodiscard]] std::string problem_text(unsigned status, std::string_view detail);
// 400 for what the request is to blame for, 404, 503 and 500.
[[nodiscard]] unsigned status_of(Errc code);

// Which hosts are asked for; what is not given is any.
struct HostFilter {
  std::optional<std::string> site, department, role, state, verdict;
  std::size_t limit = 100;
  std::optional<HostId> after;  // hosts behind this id

  [[nodiscard]] bool takes(std::string_view of_site, std::string_view of_department,
                           std::string_view of_role, std::string_view of_state,
                           std::string_view of_verdict) const;
};
inline constexpr std::size_t most_a_page = 1000;
// Parameters: site, department, role, state, verdict, limit (1 to 1000), after (an id). A state,
// role or verdict that there is not is an error.
[[nodiscard]] Result<HostFilter> host_filter(std::string_view query);

}  // namespace sobriety::collector
