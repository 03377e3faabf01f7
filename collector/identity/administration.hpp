// What an administrator does with authority and register: values in, values out.
#pragma once

#include "collector/identity/authority.hpp"
#include "collector/identity/register.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector {

struct TokenWish {
  std::chrono::milliseconds lifetime = std::chrono::hours{24};
  std::int64_t max_uses = 1;
  std::string group;
  std::vector<Endpoint> endpoints;  // one at least
};

inline constexpr std::chrono::hours longest_token{24 * 366};

// The token's one string, which nobody can make a second time.
[[nodiscard]] Result<std::string> create_token(Register& hosts, const identity::Digest& pin,
                                               const TokenWish& wish, WallTime now);
// `id`: whole, or its first digits if they are of one token only.
[[nodiscard]] Result<TokenRow> revoke_token(Register& hosts, std::string_view id);

// `host`: its id, the first eight digits of it or more, or its name, if that is of one host only.
// Revoked is for ever: the machine comes back as another host, by a new token.
[[nodiscard]] Result<HostRow> revoke_host(Register& hosts, std::string_view host);
[[nodiscard]] Result<HostRow> approve_host(Register& hosts, std::string_view host);

// Copies the register of that authority to a file, whole or not at all. Keys are not copied.
[[nodiscard]] Result<void> back_up_register(const std::filesystem::path& directory,
                                            const std::filesystem::path& file);

// Tables for people.
[[nodiscard]] std::string tokens_table(const std::vector<TokenRow>& tokens, WallTime now);
[[nodiscard]] std::string hosts_table(const std::vector<HostRow>& hosts);
[[nodiscard]] Result<std::string> authority_text(const Authority& authority);
// "2027-01-15 08:00:00Z"
[[nodiscard]] std::string time_text(WallTime time);

}  // namespace sobriety::collector
