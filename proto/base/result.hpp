// Expected failures as values. An Error says what kind of failure, where, and in words what to do.
#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <boost/outcome/try.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sobriety {

enum class Errc {
  absent,       // the thing is not there, and that is ordinary
  denied,       // it is there and permission lacks
  broken,       // it is there and does not make sense
  malformed,    // bytes from outside that break their format
  too_large,    // over a stated limit
  unsupported,  // a version or feature that this build does not speak
  unavailable,  // a peer or a resource that may come back
  closed,       // the other side ended the exchange
  exhausted,    // disk, memory or descriptors ran out
};

[[nodiscard]] std::string_view to_string(Errc code);

struct Error {
  Errc code;
  std::string message;  // one sentence: what, where (path, host, line), what to do
};

template <class T>
using Result = boost::outcome_v2::basic_result<T, Error, boost::outcome_v2::policy::terminate>;

// `return fail(Errc::denied, "…")` in a function that returns a Result.
[[nodiscard]] inline auto fail(Errc code, std::string message) {
  return boost::outcome_v2::failure(Error{code, std::move(message)});
}

[[nodiscard]] inline auto success() { return boost::outcome_v2::success(); }

// "open: Permission denied (13)" as the code that fits and the system's own words.
[[nodiscard]] Error system_error(int error_number, std::string_view doing);

}  // namespace sobriety
