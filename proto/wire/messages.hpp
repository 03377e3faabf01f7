// The messages of the protocol as values, and their codec to frames.
//
// append(out, message) writes a whole frame. The decode functions take a frame's payload and check
// everything: sizes, ranges, UTF-8, counts; their errors are Errc::malformed.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"
#include "proto/base/units.hpp"
#include "proto/model/inventory.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::wire {

inline constexpr std::size_t max_host_name = 253;  // RFC 1035, in text form
inline constexpr std::size_t max_text = 256;       // any other string
inline constexpr std::size_t max_series = 1024;    // of one inventory

// The clock by which samples are taken, now: how long ago which boot was.
struct HelloClock {
  BootId boot;
  Elapsed boottime;  // whole milliseconds on the wire
};

struct Hello {
  HostId host;
  StreamId stream;
  std::string host_name;
  std::string agent_version;
  WallTime wall;
  std::chrono::milliseconds report_interval{30'000};  // 1 s … 1 h
  std::optional<HelloClock> clock{};                  // agents before it do not tell
  std::optional<MachineHash> machine{};               // copies of one disk differ in it, if told
};

struct Welcome {
  std::uint64_t committed_seq = 0;
  WallTime wall;
};

struct Gap {
  std::uint64_t first_seq;
  std::uint64_t last_seq;
  bool acknowledged = false;  // not dropped: a collector acknowledged them once
};

struct Ack {
  std::uint64_t seq;
};

enum class RefusalReason : std::uint8_t {
  malformed = 1,
  unsupported_version = 2,
  too_large = 3,
  out_of_order = 4,       // a batch beyond the next one, or a frame that does not fit the state
  unknown_inventory = 5,  // a batch about an inventory that was not sent
  overloaded = 6,
  shutting_down = 7,
  superseded = 8,       // the same host connected again
  unavailable = 9,      // nothing can be stored now
  wrong_identity = 10,  // the hello names another host than the certificate
  not_admitted = 11,    // the certificate is revoked, unknown or not approved
  quarantined = 12,     // another machine is connected with this identity
};
inline constexpr std::uint8_t refusal_reason_count = 13;  // one more than the last
[[nodiscard]] std::string_view to_string(RefusalReason reason);

struct Refusal {
  RefusalReason reason;
  std::string message;
  std::chrono::milliseconds retry_after{0};
};

enum class GoodbyeReason : std::uint8_t { stop = 1, shutdown = 2, suspend = 3 };
[[nodiscard]] std::string_view to_string(GoodbyeReason reason);

struct Goodbye {
  GoodbyeReason reason;
};

// The payload of an inventory frame, made once; its hash names it in batches.
struct EncodedInventory {
  std::string frame;
  std::uint64_t hash;
};
[[nodiscard]] EncodedInventory encode(const Inventory& inventory);
[[nodiscard]] std::uint64_t inventory_hash(std::string_view payload);

void append(std::string& out, const Hello& message);
void append(std::string& out, const Welcome& message);
void append(std::string& out, const Gap& message);
void append(std::string& out, const Ack& message);
void append(std::string& out, const Refusal& message);
void append(std::string& out, const Goodbye& message);

[[nodiscard]] Result<Hello> decode_hello(std::string_view payload);
[[nodiscard]] Result<Welcome> decode_welcome(std::string_view payload);
[[nodiscard]] Result<Inventory> decode_inventory(std::string_view payload);
[[nodiscard]] Result<Gap> decode_gap(std::string_view payload);
[[nodiscard]] Result<Ack> decode_ack(std::string_view payload);
[[nodiscard]] Result<Refusal> decode_refusal(std::string_view payload);
[[nodiscard]] Result<Goodbye> decode_goodbye(std::string_view payload);

}  // namespace sobriety::wire
