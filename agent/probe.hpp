// What `probe` and `sample` print: pure formatting of what discovery and a reading gave.
#pragma once

#include "agent/source/registry.hpp"

#include <span>
#include <string>
#include <vector>

namespace sobriety::agent {

struct Probed {
  const SourceKind* kind;
  Discovery discovery;
};

// Every kind of the registry, discovered.
[[nodiscard]] std::vector<Probed> probe_sources(const Roots& roots, const SourceOptions& options);

// For each source: found, absent, denied or broken; the sentence, the fix, the notes, and the
// series that it would send. The last paragraph says what all that means for the machine's energy.
[[nodiscard]] std::string probe_text(std::span<const Probed> sources);
[[nodiscard]] std::string probe_json(std::span<const Probed> sources);

// One row of values in the base units of their metrics; "-" (null) where there is none.
[[nodiscard]] std::string sample_text(const Instant& now, std::span<const Series> series,
                                      std::span<const Cell> cells);
[[nodiscard]] std::string sample_json(const Instant& now, std::span<const Series> series,
                                      std::span<const Cell> cells);

}  // namespace sobriety::agent
