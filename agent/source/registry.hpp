// THE list of sources. To add one: a file beside this one and a row in registry.cpp.
#pragma once

#include <span>
#include <string_view>

#include "agent/source/source.hpp"

namespace sobriety::agent {

struct SourceKind {
  std::string_view name;
  Discovery (*discover)(const Roots&, const SourceOptions&);
  std::string_view reads;  // what it looks at, for `probe` and the documentation
};

[[nodiscard]] std::span<const SourceKind> source_kinds();

}  // namespace sobriety::agent
