#include "collector/store/memory.hpp"

#include <array>

namespace sobriety::collector {

namespace {
Result<std::unique_ptr<Store>> open_memory() { return std::make_unique<MemoryStore>(); }

constexpr std::array kinds{StoreKind{"memory", open_memory}};
}  // namespace

std::span<const StoreKind> store_kinds() { return kinds; }

}  // namespace sobriety::collector
