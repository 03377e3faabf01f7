// bcrypt, as Prometheus' web configuration keeps passwords; by libcrypt.
#pragma once

#include <string>
#include <string_view>

namespace sobriety::collector {

// "$2y$10$" and 53 characters: $2a$, $2b$ or $2y$, of a cost from 4 to 16. (Each step doubles the
// time; 16 takes some seconds.)
[[nodiscard]] bool is_bcrypt(std::string_view hash);

// Whether the password is that of the hash. Takes as long as the hash's cost says: some 50 ms
// at 10.
[[nodiscard]] bool bcrypt_matches(const std::string& password, const std::string& hash);

}  // namespace sobriety::collector
