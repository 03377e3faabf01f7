#include "collector/door/places.hpp"

namespace sobriety::collector {

net::ip::address without_mapping(const net::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
  return address;
}

std::shared_ptr<void> Places::take(const net::ip::address& address) {
  const std::lock_guard lock{mutex_};
  std::size_t& of_address = by_address_[address];
  if (total_ >= in_all_ || of_address >= per_address_) {
    if (of_address == 0) by_address_.erase(address);
    return nullptr;
  }
  ++total_;
  ++of_address;
  return {this, [self = shared_from_this(), address](void*) { self->give_back(address); }};
}

void Places::give_back(const net::ip::address& address) {
  const std::lock_guard lock{mutex_};
  --total_;
  if (--by_address_[address] == 0) by_address_.erase(address);
}

}  // namespace sobriety::collector
