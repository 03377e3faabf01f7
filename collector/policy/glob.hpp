// Patterns of names: `*` is any text, `?` any one byte, anything else itself. Case counts for
// nothing in ASCII letters, as in host names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text);

// One of `patterns` matches; also without patterns, which ask for nothing.
[[nodiscard]] bool any_glob_matches(const std::vector<std::string>& patterns,
                                    std::string_view text);

}  // namespace sobriety::collector::policy
