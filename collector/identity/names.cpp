#include "collector/identity/names.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

namespace sobriety::collector {

std::string problem_of_name(const std::string& name) {
  if (name.empty()) return "is empty";
  if (name.size() > 253) return "is too long";
  if (is_address(name)) return "";
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '*';
  });
  return plain ? "" : "is neither a DNS name nor an address";
}

bool is_address(const std::string& name) {
  in6_addr bytes{};
  return ::inet_pton(AF_INET, name.c_str(), &bytes) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), &bytes) == 1;
}

}  // namespace sobriety::collector
