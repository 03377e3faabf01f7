// Any bytes, read as either program's configuration, end in an error or in a configuration whose
// description reads back as itself.
#include "agent/config.hpp"
#include "collector/config.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

template <class Read>
void check(const sobriety::yaml::Document& document, Read read) {
  const auto config = read(document);
  if (!config) {
    if (config.error().message.empty()) std::abort();
    return;
  }
  const auto text = describe(config.value());
  const auto again = sobriety::yaml::parse(text, "description");
  if (!again) std::abort();
  const auto same = read(again.value());
  if (!same || describe(same.value()) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = sobriety::yaml::parse({reinterpret_cast<const char*>(data), size}, "input");
  if (!document) return 0;
  check(document.value(), [](const auto& d) { return sobriety::agent::read_config(d, {}, {}); });
  check(document.value(), [](const auto& d) { return sobriety::collector::read_config(d); });
  return 0;
}
