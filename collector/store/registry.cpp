#include "collector/store/memory.hpp"
#include "collector/store/sqlite.hpp"

#include <array>

namespace sobriety::collector {

namespace {
Result<std::unique_ptr<Store>> open_memory(const StoreOptions& options, Access access) {
  if (access == Access::look)
    return fail(Errc::unsupported,
                "the memory store is within its collector, where nobody else can look; set "
                "store.kind to sqlite");
  return std::make_unique<MemoryStore>(options.outbox);
}

constexpr std::array kinds{StoreKind{"sqlite", open_sqlite}, StoreKind{"memory", open_memory}};
}  // namespace

std::span<const StoreKind> store_kinds() { return kinds; }

Result<std::unique_ptr<Store>> open_store(const StoreOptions& options, Access access) {
  std::string names;
  for (const StoreKind& kind : kinds) {
    if (kind.name == options.kind) return kind.open(options, access);
    names += names.empty() ? "" : " or ";
    names += kind.name;
  }
  return fail(Errc::unsupported, "store.kind: expected " + names + ", got '" + options.kind + "'");
}

Error displaced(const HostRecord& record, const Place& found) {
  const auto text = [](const Place& place) {
    return "batch " + std::to_string(place.seq) + " of stream " + place.stream.hex();
  };
  return {Errc::broken,
          "the store holds host " + record.state.name + " (" + record.state.id.hex() + ") at " +
              text(found) + ", not at " + text(record.before) +
              ": another program wrote to it; restart this collector to go on from there"};
}

}  // namespace sobriety::collector
