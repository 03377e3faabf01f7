#include "collector/policy/address.hpp"

#include "proto/base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace sobriety::collector::policy {

namespace {

constexpr unsigned address_bits = 128;
constexpr unsigned mapped_bits = 96;  // ::ffff:0:0/96 holds the IPv4 addresses

bool is_ipv4(std::string_view text) { return text.find(':') == std::string_view::npos; }

// Bits of byte `index` that belong to a prefix of `bits`.
unsigned mask_of(std::size_t index, unsigned bits) {
  const auto before = static_cast<unsigned>(index) * 8;
  if (bits <= before) return 0;
  const unsigned here = std::min(bits - before, 8U);
  return (0xFFU << (8 - here)) & 0xFFU;
}

}  // namespace

std::optional<IpAddress> parse_address(std::string_view text) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string copy{text};
  IpAddress address{};
  if (!is_ipv4(text)) {
    if (::inet_pton(AF_INET6, copy.c_str(), address.data()) != 1) return std::nullopt;
    return address;
  }
  address[10] = address[11] = 0xFF;
  if (::inet_pton(AF_INET, copy.c_str(), address.data() + 12) != 1) return std::nullopt;
  return address;
}

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  Network network;
  network.base_ = *base;
  network.bits_ = address_bits;
  if (slash == std::string_view::npos) return network;
  const unsigned offset = is_ipv4(text.substr(0, slash)) ? mapped_bits : 0;
  const auto bits = parse_number<unsigned>(text.substr(slash + 1));
  if (!bits || *bits > address_bits - offset) return std::nullopt;
  network.bits_ = offset + *bits;
  for (std::size_t i = 0; i < base->size(); ++i)
    if (((*base)[i] & ~mask_of(i, network.bits_)) != 0) return std::nullopt;
  return network;
}

bool Network::contains(const IpAddress& address) const {
  for (std::size_t i = 0; i < address.size(); ++i)
    if (((address[i] ^ base_[i]) & mask_of(i, bits_)) != 0) return false;
  return true;
}

}  // namespace sobriety::collector::policy
