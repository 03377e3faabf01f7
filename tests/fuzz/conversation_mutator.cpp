// How libFuzzer changes a conversation: half of the time one frame's payload at a time, with
// lengths made right again and batches about the inventory before them, so that what is behind the
// framing is reached as well; otherwise any of its bytes.
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace sobriety::wire;

struct Message {
  FrameType type;
  std::string payload;
};

// The whole frames at the start of `stream`.
std::vector<Message> messages_of(std::string_view stream) {
  std::vector<Message> messages;
  while (true) {
    const auto frame = next_frame(stream);
    if (!frame || !frame.value()) return messages;
    messages.push_back({frame.value()->type, std::string{frame.value()->payload}});
    stream.remove_prefix(frame.value()->size);
  }
}

// Writes the hash into a batch's payload, where that begins as the codec writes it: the number as a
// varint (tag 08), then the hash as fixed64 (tag 11).
void name_inventory(std::string& batch, std::uint64_t hash) {
  std::size_t at = 1;
  while (at < batch.size() && (batch[at] & 0x80) != 0) ++at;
  if (batch.size() < at + 10 || batch[0] != 0x08 || batch[at + 1] != 0x11) return;
  for (std::size_t i = 0; i < 8; ++i) batch[at + 2 + i] = static_cast<char>(hash >> (8 * i) & 255);
}

void mutate(std::string& payload, std::size_t room) {
  const std::size_t size = payload.size();
  payload.resize(size + room);
  payload.resize(
      LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(payload.data()), size, payload.size()));
}

std::string written(std::vector<Message>& messages) {
  std::string stream;
  std::optional<std::uint64_t> inventory;
  for (Message& message : messages) {
    if (message.type == FrameType::inventory) inventory = inventory_hash(message.payload);
    if (message.type == FrameType::batch && inventory) name_inventory(message.payload, *inventory);
    append_header(stream, message.type, message.payload.size());
    stream += message.payload;
  }
  return stream;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  auto messages = messages_of({reinterpret_cast<const char*>(data), size});
  if (messages.empty() || seed % 2 == 0 || size >= max_size)
    return LLVMFuzzerMutate(data, size, max_size);
  mutate(messages[seed / 2 % messages.size()].payload, max_size - size);
  const std::string stream = written(messages);
  if (stream.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(stream.begin(), stream.end(), data);
  return stream.size();
}
