// Any bytes, read as a stored report, end in an error or in an input that is written as the same
// bytes, and of which every format can be made.
#include "collector/report/csv.hpp"
#include "collector/report/html.hpp"
#include "collector/report/json.hpp"
#include "collector/report/numecoeval.hpp"
#include "collector/report/stored.hpp"
#include "tests/fuzz/promise.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sobriety::collector::report;
  using sobriety::fuzz::must;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto input = read_stored(text);
  if (!input) {
    must(!input.error().message.empty());
    return 0;
  }
  must(stored_text(input.value()) == text);
  const Report report = make_report(input.value());
  must(!csv(input.value(), report, {}).empty());
  must(!json(input.value(), report).empty());
  must(!numecoeval(input.value()).empty());
  for (const Language language : {Language::en, Language::fr})
    must(!html(input.value(), report, language).empty());
  return 0;
}
