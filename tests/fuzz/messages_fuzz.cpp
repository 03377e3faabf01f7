// Every message: any payload is refused with a reason, or is a message that, written and read
// again, is written the same. The first byte picks the message, the rest is the payload.
#include "proto/wire/enrolment.hpp"
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"
#include "tests/fuzz/promise.hpp"

#include <iterator>
#include <string>
#include <string_view>

namespace {

using namespace sobriety;
using namespace sobriety::wire;
using sobriety::fuzz::must;

template <class Message>
std::string written(const Message& message) {
  std::string frame;
  append(frame, message);
  return frame;
}
template <>
std::string written(const Inventory& inventory) {
  return encode(inventory).frame;
}

template <class Message>
void check(std::string_view payload, Result<Message> (*decode)(std::string_view)) {
  const auto message = decode(payload);
  if (!message) {
    must(message.error().code == Errc::malformed && !message.error().message.empty());
    return;
  }
  const std::string frame = written(message.value());
  const auto read = next_frame(frame);
  must(read.has_value() && read.value() && read.value()->size == frame.size());
  const auto again = decode(read.value()->payload);
  must(again.has_value() && written(again.value()) == frame);
}

// Of what has a connection of its own: payloads, whose frames the door makes.
template <class Message>
void check_payload(std::string_view payload, Result<Message> (*decode)(std::string_view)) {
  const auto message = decode(payload);
  if (!message) {
    must(message.error().code == Errc::malformed && !message.error().message.empty());
    return;
  }
  const auto again = decode(encode(message.value()));
  must(again.has_value() && again.value() == message.value());
}

constexpr void (*checks[])(std::string_view) = {
    [](std::string_view payload) { check(payload, decode_hello); },
    [](std::string_view payload) { check(payload, decode_welcome); },
    [](std::string_view payload) { check(payload, decode_inventory); },
    [](std::string_view payload) { check(payload, decode_gap); },
    [](std::string_view payload) { check(payload, decode_ack); },
    [](std::string_view payload) { check(payload, decode_refusal); },
    [](std::string_view payload) { check(payload, decode_goodbye); },
    [](std::string_view payload) { check_payload(payload, decode_enrol_request); },
    [](std::string_view payload) { check_payload(payload, decode_enrol_reply); },
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  checks[data[0] % std::size(checks)]({reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
