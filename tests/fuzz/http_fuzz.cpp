// What an HTTP client says in its header fields and its query, read by every reader of ours.
#include "collector/expose/negotiate.hpp"
#include "collector/web/accounts.hpp"
#include "tests/fuzz/promise.hpp"

#include <cstddef>
#include <cstdint>

using namespace sobriety::collector;
using sobriety::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  // Who asks for nothing else gets what everybody understands.
  if (negotiate_format(text) == Format::openmetrics) must(text.find('/') != std::string_view::npos);
  if (negotiate_coding(text) != Coding::identity) must(!text.empty());
  if (const auto slice = slice_of(text)) {
    must(slice.value().index < slice.value().count && slice.value().count <= most_slices);
    must(text.empty() == (slice.value() == Slice{}) || slice.value().count == 1);
  }
  if (const auto credentials = basic_credentials(text)) {
    must(credentials->user.find(':') == std::string::npos);
    must(credentials->user.size() + credentials->password.size() < size);
  }
  return 0;
}
