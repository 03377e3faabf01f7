#include "collector/fleet/spread.hpp"

namespace sobriety::collector {

namespace {
__extension__ using Wide = __int128;  // a product of two 64-bit numbers
}

std::int64_t share(std::int64_t whole, std::chrono::milliseconds at,
                   std::chrono::milliseconds length) {
  if (at == length) return whole;
  return static_cast<std::int64_t>(Wide{whole} * at.count() / length.count());
}

}  // namespace sobriety::collector
