// IP addresses and networks (CIDR) of rules, IPv4 as its mapped IPv6 form.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::collector::policy {

using IpAddress = std::array<std::uint8_t, 16>;

// "192.0.2.7" or "2001:db8::7", without zone and port.
[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text);

class Network {
 public:
  // "192.0.2.0/24", "2001:db8::/32", or one address. Nothing where bits behind the prefix are set:
  // 192.0.2.7/24 is more often a slip than a meaning.
  [[nodiscard]] static std::optional<Network> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const;

 private:
  IpAddress base_{};
  unsigned bits_ = 0;  // of the 128
};

}  // namespace sobriety::collector::policy
