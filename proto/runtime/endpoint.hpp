// host:port as configuration gives it.
#pragma once

#include <cstdint>
#include <string>

namespace sobriety {

struct Endpoint {
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 0;

  bool operator==(const Endpoint&) const = default;
};

[[nodiscard]] inline std::string to_string(const Endpoint& endpoint) {
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? '[' + endpoint.host + ']' : endpoint.host) + ':' + std::to_string(endpoint.port);
}

}  // namespace sobriety
