// Any bytes, read as a TZif file and as a rule of POSIX, end in an error or in a time zone in which
// an instant's own local time comes at that instant or before, never later.
#include "collector/policy/time_zone.hpp"
#include "tests/fuzz/promise.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace sobriety::collector::policy;
using namespace std::chrono;

void check(const sobriety::Result<TimeZone>& zone) {
  if (!zone) {
    sobriety::fuzz::must(!zone.error().message.empty());
    return;
  }
  for (Instants at = sys_days{year{1999} / 12 / 25}; at < sys_days{year{2001} / 1 / 5};
       at += hours{37} + minutes{11})
    sobriety::fuzz::must(zone.value().instant(zone.value().local(at)) <= at);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check(TimeZone::from_tzif(text, "file"));
  check(TimeZone::from_rule(text));
  return 0;
}
