// Durable storage of what the fleet's accounts need to go on after a restart.
//
// A store is called from one thread at a time and may block. commit() is all or nothing, and what
// it has returned success for survives the death of the process as far as the store promises (the
// memory store promises nothing).
#pragma once

#include "collector/fleet/host.hpp"
#include "proto/base/result.hpp"

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sobriety::collector {

// A host's account and its place in its stream: they change together.
struct HostRecord {
  HostId id;
  std::string name;
  StreamId stream{};
  std::uint64_t seq = 0;
  std::array<Microjoules, shown_methods> energy{};
  std::vector<ComponentAccount> components;
};

class Store {
 public:
  virtual ~Store() = default;
  [[nodiscard]] virtual Result<std::vector<HostRecord>> load() = 0;
  [[nodiscard]] virtual Result<void> commit(std::span<const HostRecord> changed) = 0;
};

struct StoreKind {
  std::string_view name;
  Result<std::unique_ptr<Store>> (*open)();
};

// THE list of stores: a row a store.
[[nodiscard]] std::span<const StoreKind> store_kinds();

}  // namespace sobriety::collector
