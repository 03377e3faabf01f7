// Framing, sans I/O: bytes in, frames out. The length is checked against the limit before anything
// is allocated for it.
//
//   offset 0  'S' 'B'      magic
//          2  version      1
//          3  type         FrameType
//          4  flags        0 (reserved for compression)
//          5  length       3 bytes, big-endian, of the payload that follows
#pragma once

#include "proto/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::wire {

inline constexpr std::uint8_t protocol_version = 1;
inline constexpr std::size_t header_size = 8;
inline constexpr std::size_t max_payload = 256 * 1024;
inline constexpr std::size_t max_enrolment = 16 * 1024;  // payload of a request or reply

// What a connection is for, as TLS negotiates it (ALPN, RFC 7301).
inline constexpr std::string_view alpn_telemetry = "sobriety/1";
inline constexpr std::string_view alpn_enrolment = "sobriety-enrol/1";

enum class FrameType : std::uint8_t {
  hello = 1,          // agent: who I am and which stream this is
  welcome = 2,        // collector: what of it is committed
  inventory = 3,      // agent: what the following batches are about
  batch = 4,          // agent
  gap = 5,            // agent: batches dropped
  ack = 6,            // collector: committed up to here
  refusal = 7,        // collector: why the connection ends, and when to come back
  goodbye = 8,        // agent: a silence that follows is meant
  enrol_request = 9,  // agent, on a connection for enrolment: a certificate, please
  enrol_reply = 10,   // collector, there: the certificate, or why not
};

struct Frame {
  FrameType type;
  std::string_view payload;  // in the caller's buffer
  std::size_t size;          // of the whole frame, to be consumed
};

// The first frame in `bytes`; nothing while it is not complete. An error is final for the
// connection: unsupported (version), malformed (magic, type, flags) or too_large.
[[nodiscard]] Result<std::optional<Frame>> next_frame(std::string_view bytes,
                                                      std::size_t limit = max_payload);

// How many more bytes the incomplete frame at the start of `bytes` needs, as far as can be told
// yet.
[[nodiscard]] std::size_t bytes_missing(std::string_view bytes);

// Appends a header for a payload of `length` bytes.
void append_header(std::string& out, FrameType type, std::size_t length);

}  // namespace sobriety::wire
