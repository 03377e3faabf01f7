#include "proto/wire/messages.hpp"

#define XXH_INLINE_ALL
#include "proto/wire/fields.hpp"
#include "proto/wire/frame.hpp"
#include "wire/sobriety/v1/telemetry.pb.h"

#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <limits>

namespace sobriety::wire {

namespace {

using google::protobuf::MessageLite;

// 9999-12-31: what does not fit a calendar is not a time.
constexpr std::int64_t last_millisecond = 253'402'300'799'999;

// A century: the nanoseconds of an Elapsed hold it with room.
constexpr std::int64_t longest_boot = 100LL * 366 * 86'400'000;

Result<void> check_time(std::int64_t ms, std::string_view what) {
  if (ms < 0 || ms > last_millisecond)
    return fail(Errc::malformed, std::string{what} + " is out of range");
  return success();
}

void append_frame(std::string& out, FrameType type, const MessageLite& message) {
  append_header(out, type, message.ByteSizeLong());
  message.AppendToString(&out);
}

}  // namespace

std::string_view to_string(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::malformed:
      return "malformed";
    case RefusalReason::unsupported_version:
      return "unsupported_version";
    case RefusalReason::too_large:
      return "too_large";
    case RefusalReason::out_of_order:
      return "out_of_order";
    case RefusalReason::unknown_inventory:
      return "unknown_inventory";
    case RefusalReason::overloaded:
      return "overloaded";
    case RefusalReason::shutting_down:
      return "shutting_down";
    case RefusalReason::superseded:
      return "superseded";
    case RefusalReason::unavailable:
      return "unavailable";
    case RefusalReason::wrong_identity:
      return "wrong_identity";
    case RefusalReason::not_admitted:
      return "not_admitted";
    case RefusalReason::quarantined:
      return "quarantined";
  }
  return "other";
}

std::string_view to_string(GoodbyeReason reason) {
  switch (reason) {
    case GoodbyeReason::stop:
      return "stop";
    case GoodbyeReason::shutdown:
      return "shutdown";
    case GoodbyeReason::suspend:
      return "suspend";
  }
  return "other";
}

std::uint64_t inventory_hash(std::string_view payload) {
  return XXH3_64bits(payload.data(), payload.size());
}

EncodedInventory encode(const Inventory& inventory) {
  v1::Inventory message;
  message.set_agent_version(inventory.agent_version);
  message.set_boot_id(id_bytes(inventory.boot));
  message.set_boot_time_ms(inventory.boot_time.time_since_epoch().count());
  message.set_os(inventory.facts.os);
  message.set_kernel(inventory.facts.kernel);
  message.set_cpu_model(inventory.facts.cpu_model);
  message.set_cpus(inventory.facts.cpus);
  message.set_memory(inventory.facts.memory);
  message.set_chassis(inventory.facts.chassis);
  message.set_virtualization(inventory.facts.virtualization);
  message.set_product(inventory.facts.product);
  for (const Series& series : inventory.series) {
    v1::Series& row = *message.add_series();
    row.set_signal(static_cast<std::uint32_t>(series.signal));
    row.set_instance(series.instance);
    row.set_scope(static_cast<std::uint32_t>(series.scope));
    row.set_contained_in(series.contained_in);
  }
  EncodedInventory encoded;
  append_frame(encoded.frame, FrameType::inventory, message);
  encoded.hash = inventory_hash(std::string_view{encoded.frame}.substr(header_size));
  return encoded;
}

void append(std::string& out, const Hello& message) {
  v1::Hello hello;
  hello.set_host_id(id_bytes(message.host));
  hello.set_stream_id(id_bytes(message.stream));
  hello.set_host_name(message.host_name);
  hello.set_agent_version(message.agent_version);
  hello.set_wall_ms(message.wall.time_since_epoch().count());
  hello.set_report_interval_ms(static_cast<std::uint32_t>(message.report_interval.count()));
  if (message.clock) {
    hello.set_boot_id(id_bytes(message.clock->boot));
    hello.set_boottime_ms(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(message.clock->boottime).count()));
  }
  if (message.machine) hello.set_machine_hash(id_bytes(*message.machine));
  append_frame(out, FrameType::hello, hello);
}

void append(std::string& out, const Welcome& message) {
  v1::Welcome welcome;
  welcome.set_committed_seq(message.committed_seq);
  welcome.set_wall_ms(message.wall.time_since_epoch().count());
  append_frame(out, FrameType::welcome, welcome);
}

void append(std::string& out, const Gap& message) {
  v1::Gap gap;
  gap.set_first_seq(message.first_seq);
  gap.set_last_seq(message.last_seq);
  gap.set_acknowledged(message.acknowledged);
  append_frame(out, FrameType::gap, gap);
}

void append(std::string& out, const Ack& message) {
  v1::Ack ack;
  ack.set_seq(message.seq);
  append_frame(out, FrameType::ack, ack);
}

void append(std::string& out, const Refusal& message) {
  v1::Refusal refusal;
  refusal.set_reason(static_cast<std::uint32_t>(message.reason));
  refusal.set_message(message.message);
  refusal.set_retry_after_ms(static_cast<std::uint32_t>(message.retry_after.count()));
  append_frame(out, FrameType::refusal, refusal);
}

void append(std::string& out, const Goodbye& message) {
  v1::Goodbye goodbye;
  goodbye.set_reason(static_cast<std::uint32_t>(message.reason));
  append_frame(out, FrameType::goodbye, goodbye);
}

Result<Hello> decode_hello(std::string_view payload) {
  v1::Hello message;
  BOOST_OUTCOME_TRY(parse(message, payload, "hello"));
  Hello hello;
  BOOST_OUTCOME_TRY(read_id(message.host_id(), hello.host, "host id"));
  BOOST_OUTCOME_TRY(read_id(message.stream_id(), hello.stream, "stream id"));
  BOOST_OUTCOME_TRY(check_text(message.host_name(), "host name", max_host_name));
  BOOST_OUTCOME_TRY(check_text(message.agent_version(), "agent version", max_text));
  BOOST_OUTCOME_TRY(check_time(message.wall_ms(), "wall clock"));
  if (message.host_name().empty()) return fail(Errc::malformed, "host name is empty");
  if (message.report_interval_ms() < 1'000 || message.report_interval_ms() > 3'600'000)
    return fail(Errc::malformed, "report interval is not between 1 s and 1 h");
  hello.host_name = message.host_name();
  hello.agent_version = message.agent_version();
  hello.wall = WallTime{std::chrono::milliseconds{message.wall_ms()}};
  hello.report_interval = std::chrono::milliseconds{message.report_interval_ms()};
  if (!message.boot_id().empty()) {
    HelloClock& clock = hello.clock.emplace();
    BOOST_OUTCOME_TRY(read_id(message.boot_id(), clock.boot, "boot id"));
    if (message.boottime_ms() > static_cast<std::uint64_t>(longest_boot))
      return fail(Errc::malformed, "time since boot is out of range");
    clock.boottime = std::chrono::milliseconds{static_cast<std::int64_t>(message.boottime_ms())};
  }
  if (!message.machine_hash().empty()) {
    BOOST_OUTCOME_TRY(read_id(message.machine_hash(), hello.machine.emplace(), "machine hash"));
  }
  return hello;
}

Result<Welcome> decode_welcome(std::string_view payload) {
  v1::Welcome message;
  BOOST_OUTCOME_TRY(parse(message, payload, "welcome"));
  BOOST_OUTCOME_TRY(check_time(message.wall_ms(), "wall clock"));
  return Welcome{message.committed_seq(), WallTime{std::chrono::milliseconds{message.wall_ms()}}};
}

Result<Inventory> decode_inventory(std::string_view payload) {
  v1::Inventory message;
  BOOST_OUTCOME_TRY(parse(message, payload, "inventory"));
  Inventory inventory;
  BOOST_OUTCOME_TRY(read_id(message.boot_id(), inventory.boot, "boot id"));
  BOOST_OUTCOME_TRY(check_time(message.boot_time_ms(), "boot time"));
  for (const auto* text :
       {&message.agent_version(), &message.os(), &message.kernel(), &message.cpu_model(),
        &message.chassis(), &message.virtualization(), &message.product()}) {
    BOOST_OUTCOME_TRY(check_text(*text, "inventory text", max_text));
  }
  if (static_cast<std::size_t>(message.series_size()) > max_series)
    return fail(Errc::malformed, "more than " + std::to_string(max_series) + " series");
  inventory.agent_version = message.agent_version();
  inventory.boot_time = WallTime{std::chrono::milliseconds{message.boot_time_ms()}};
  inventory.facts = {
      message.os(),     message.kernel(),  message.cpu_model(),      message.cpus(),
      message.memory(), message.chassis(), message.virtualization(), message.product()};
  inventory.series.reserve(static_cast<std::size_t>(message.series_size()));
  for (const v1::Series& row : message.series()) {
    BOOST_OUTCOME_TRY(check_text(row.instance(), "series instance", max_text));
    BOOST_OUTCOME_TRY(check_text(row.contained_in(), "series container", max_text));
    if (row.signal() == 0 || row.signal() > 0xffff)
      return fail(Errc::malformed, "signal id is out of range");
    const bool scope_known = row.scope() <= static_cast<std::uint32_t>(EnergyScope::other);
    inventory.series.push_back(
        {static_cast<SignalId>(row.signal()), row.instance(),
         scope_known ? static_cast<EnergyScope>(row.scope()) : EnergyScope::other,
         row.contained_in()});
  }
  // One series twice would be one Prometheus series twice, which no scraper takes.
  std::vector<std::pair<SignalId, std::string_view>> keys;
  for (const Series& series : inventory.series) keys.emplace_back(series.signal, series.instance);
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
    return fail(Errc::malformed, "a series is listed twice");
  return inventory;
}

Result<Gap> decode_gap(std::string_view payload) {
  v1::Gap message;
  BOOST_OUTCOME_TRY(parse(message, payload, "gap"));
  if (message.first_seq() == 0 || message.last_seq() < message.first_seq() ||
      message.last_seq() == std::numeric_limits<std::uint64_t>::max())  // no batch could follow
    return fail(Errc::malformed, "gap is not a range");
  return Gap{message.first_seq(), message.last_seq(), message.acknowledged()};
}

Result<Ack> decode_ack(std::string_view payload) {
  v1::Ack message;
  BOOST_OUTCOME_TRY(parse(message, payload, "ack"));
  return Ack{message.seq()};
}

Result<Refusal> decode_refusal(std::string_view payload) {
  v1::Refusal message;
  BOOST_OUTCOME_TRY(parse(message, payload, "refusal"));
  BOOST_OUTCOME_TRY(check_text(message.message(), "refusal message", 1024));
  if (message.reason() > 0xff) return fail(Errc::malformed, "refusal reason is out of range");
  return Refusal{static_cast<RefusalReason>(message.reason()), message.message(),
                 std::chrono::milliseconds{message.retry_after_ms()}};
}

Result<Goodbye> decode_goodbye(std::string_view payload) {
  v1::Goodbye message;
  BOOST_OUTCOME_TRY(parse(message, payload, "goodbye"));
  if (message.reason() < 1 || message.reason() > 3)
    return fail(Errc::malformed, "goodbye reason is out of range");
  return Goodbye{static_cast<GoodbyeReason>(message.reason())};
}

}  // namespace sobriety::wire
