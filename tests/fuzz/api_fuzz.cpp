// Any bytes, read as the query of the API, end in an error that can be shown as JSON, or in a
// filter within its bounds.
#include "collector/expose/api_query.hpp"
#include "proto/base/utf8.hpp"
#include "tests/fuzz/promise.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sobriety;
  using namespace sobriety::collector;
  const auto filter = host_filter({reinterpret_cast<const char*>(data), size});
  if (!filter) {
    const auto problem = problem_text(status_of(filter.error().code), filter.error().message);
    fuzz::must(find_invalid_utf8(problem) == std::string_view::npos);
    fuzz::must(problem.size() < 1024);
    return 0;
  }
  fuzz::must(filter.value().limit >= 1 && filter.value().limit <= most_a_page);
  fuzz::must(!filter.value().site || filter.value().site->size() <= QueryLimits::value_bytes);
  return 0;
}
