// THE list of sources. To add one: a file beside this one and a row in registry.cpp.
#pragma once

#include "agent/source/source.hpp"

#include <span>
#include <string_view>

namespace sobriety::agent {

struct SourceKind {
  std::string_view name;
  Discovery (*discover)(const Roots&, const SourceOptions&);
  std::string_view reads;  // what it looks at, for `probe` and the documentation
};

[[nodiscard]] std::span<const SourceKind> source_kinds();

// kind.discover(), unless the configuration switched that source off: then it is absent.
[[nodiscard]] Discovery discover(const SourceKind& kind, const Roots& roots,
                                 const SourceOptions& options);

}  // namespace sobriety::agent
