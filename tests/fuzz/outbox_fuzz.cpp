// Any bytes, read as a row of the outbox, end in an error or in blocks that are packed and read as
// the same.
#include "collector/store/outbox.hpp"
#include "tests/fuzz/promise.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sobriety::collector;
  using sobriety::fuzz::must;
  const auto blocks = unpack({reinterpret_cast<const char*>(data), size});
  if (!blocks) {
    must(!blocks.error().message.empty());
    return 0;
  }
  std::vector<OutboxBlock> again;
  for (const PackedRow& row : pack(blocks.value())) {
    const auto of_row = unpack(row.bytes);
    must(of_row.has_value());
    again.insert(again.end(), of_row.value().begin(), of_row.value().end());
  }
  must(again == blocks.value());
  return 0;
}
