// A report as one page that needs nothing beside itself: no script, no font, no image from
// elsewhere. It reads by ear (language, landmarks, headings, captions, descriptions of charts),
// in the dark, and on A4.
#pragma once

#include "collector/report/rows.hpp"
#include "collector/report/wording.hpp"

namespace sobriety::collector::report {

[[nodiscard]] std::string html(const Input& input, const Report& report, Language language);

// With & < > " ' as entities.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace sobriety::collector::report
