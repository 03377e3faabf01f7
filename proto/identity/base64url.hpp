// Base64 with the alphabet that is safe in files, URLs and command lines (RFC 4648 §5), unpadded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sobriety::identity {

[[nodiscard]] std::string base64url(std::string_view bytes);
// Nothing where `text` is not what base64url() writes of some bytes: one text for each.
[[nodiscard]] std::optional<std::string> parse_base64url(std::string_view text);

}  // namespace sobriety::identity
