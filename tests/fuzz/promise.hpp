// What a fuzz target promises of any input: a broken promise ends the run as a crash would.
#pragma once

#include <cstdlib>

namespace sobriety::fuzz {

inline void must(bool promise) {
  if (!promise) std::abort();
}

}  // namespace sobriety::fuzz
