// What kind of machine a host is, as far as judging it goes.
#pragma once

#include "proto/runtime/choice.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sobriety::collector::policy {

enum class Role : std::uint8_t { server, workstation, laptop, thin, virtual_machine, unknown };

inline constexpr std::size_t role_count = 6;
inline constexpr std::array<Choice<Role>, role_count> roles{{{"server", Role::server},
                                                             {"workstation", Role::workstation},
                                                             {"laptop", Role::laptop},
                                                             {"thin", Role::thin},
                                                             {"virtual", Role::virtual_machine},
                                                             {"unknown", Role::unknown}}};

[[nodiscard]] constexpr std::string_view to_string(Role role) { return name_of(roles, role); }

// Of a host that no rule gives a role: a guest is virtual, then the chassis decides. A machine that
// does not say what it is stays `unknown` and is never told to have been left on.
[[nodiscard]] Role default_role(std::string_view chassis, std::string_view virtualization);

// People sit before it and go home: it is off out of hours unless a rule says otherwise.
[[nodiscard]] constexpr bool is_personal(Role role) {
  return role == Role::workstation || role == Role::laptop || role == Role::thin;
}

}  // namespace sobriety::collector::policy
