// Counts what this program allocates with operator new. To be included by one source of a test
// only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace sobriety::test {

inline std::atomic<std::size_t> allocations{0};

}  // namespace sobriety::test

// The other forms of new and delete come back to these two. Never inlined: g++ 12 would see malloc
// meet delete and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++sobriety::test::allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
