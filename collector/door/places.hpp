// How many of a thing there may be at once, in all and of one address.
#pragma once

#include "proto/runtime/asio.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace sobriety::collector {

// An IPv4 address is the same one when it comes through an IPv6 socket.
[[nodiscard]] net::ip::address without_mapping(const net::ip::address& address);

// Thread-safe.
class Places : public std::enable_shared_from_this<Places> {
 public:
  Places(std::size_t in_all, std::size_t per_address)
      : in_all_(in_all), per_address_(per_address) {}

  // Null where a limit is reached.
  [[nodiscard]] std::shared_ptr<void> take(const net::ip::address& address);

 private:
  struct Hash {
    std::size_t operator()(const net::ip::address& address) const {
      return std::hash<std::string>{}(address.to_string());
    }
  };

  void give_back(const net::ip::address& address);

  const std::size_t in_all_;
  const std::size_t per_address_;
  std::mutex mutex_;  // guards what follows
  std::size_t total_ = 0;
  std::unordered_map<net::ip::address, std::size_t, Hash> by_address_;
};

}  // namespace sobriety::collector
