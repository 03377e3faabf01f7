// What is known of a host, as the store keeps it: a line a fact, its name and its value with a tab
// between them; \\, \t and \n are escaped. A fact that this version does not know is passed over.
#pragma once

#include "collector/policy/subject.hpp"
#include "proto/base/result.hpp"

#include <string>
#include <string_view>

namespace sobriety::collector::policy {

// Without name and id, which the store keeps anyway; "" where nothing else is known.
[[nodiscard]] std::string subject_text(const Subject& subject);
// Into a subject of which nothing but name and id is known.
[[nodiscard]] Result<void> read_subject(std::string_view text, Subject& subject);

}  // namespace sobriety::collector::policy
