#include "proto/wire/frame.hpp"

#include <cassert>

namespace sobriety::wire {

namespace {
std::uint8_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::size_t payload_length(std::string_view header) {
  return std::size_t{byte(header, 5)} << 16 | std::size_t{byte(header, 6)} << 8 | byte(header, 7);
}

bool known(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(FrameType::hello) &&
         type <= static_cast<std::uint8_t>(FrameType::enrol_reply);
}
}  // namespace

Result<std::optional<Frame>> next_frame(std::string_view bytes, std::size_t limit) {
  // What is wrong is said as soon as it can be seen, not only once the header is complete.
  if ((!bytes.empty() && bytes[0] != 'S') || (bytes.size() > 1 && bytes[1] != 'B'))
    return fail(Errc::malformed, "not the sobriety protocol (bad magic)");
  if (bytes.size() > 2 && byte(bytes, 2) != protocol_version)
    return fail(Errc::unsupported, "protocol version " + std::to_string(byte(bytes, 2)) +
                                       " is not spoken here, only version 1");
  if (bytes.size() < header_size) return std::nullopt;
  if (!known(byte(bytes, 3)))
    return fail(Errc::malformed, "unknown frame type " + std::to_string(byte(bytes, 3)));
  if (byte(bytes, 4) != 0) return fail(Errc::malformed, "reserved flags are set");
  const std::size_t length = payload_length(bytes);
  if (length > limit)
    return fail(Errc::too_large, "frame of " + std::to_string(length) + " bytes, the limit is " +
                                     std::to_string(limit));
  if (bytes.size() < header_size + length) return std::nullopt;
  return Frame{static_cast<FrameType>(byte(bytes, 3)), bytes.substr(header_size, length),
               header_size + length};
}

std::size_t bytes_missing(std::string_view bytes) {
  const std::size_t size =
      bytes.size() < header_size ? header_size : header_size + payload_length(bytes);
  return size - bytes.size();
}

void append_header(std::string& out, FrameType type, std::size_t length) {
  assert(length <= max_payload);
  const char header[header_size] = {'S',
                                    'B',
                                    static_cast<char>(protocol_version),
                                    static_cast<char>(type),
                                    0,
                                    static_cast<char>(length >> 16 & 255),
                                    static_cast<char>(length >> 8 & 255),
                                    static_cast<char>(length & 255)};
  out.append(header, header_size);
}

}  // namespace sobriety::wire
