#include "proto/wire/messages.hpp"

#include "proto/wire/frame.hpp"

#include <gtest/gtest.h>

namespace sobriety::wire {
namespace {

using namespace std::chrono_literals;

template <class Message>
std::string payload_of(const Message& message) {
  std::string bytes;
  append(bytes, message);
  return std::string{next_frame(bytes).value()->payload};
}

Hello some_hello() {
  return {
      HostId::random(), StreamId::random(), "web-1", "0.1.0", WallTime{1'700'000'000'000ms}, 30s};
}

Inventory some_inventory() {
  Inventory inventory;
  inventory.agent_version = "0.1.0";
  inventory.boot = BootId::random();
  inventory.boot_time = WallTime{1'700'000'000'000ms};
  inventory.facts = {"Debian 12", "6.1.0", "Some CPU", 8, 16'000'000'000, "server", "none", "R740"};
  inventory.series = {
      {SignalId::cpu_time, "user", {}, ""},
      {SignalId::component_energy, "package-0", EnergyScope::cpu, ""},
      {SignalId::component_energy, "package-0/core", EnergyScope::cpu, "package-0"}};
  return inventory;
}

TEST(Messages, hello_survives_the_wire) {
  const Hello sent = some_hello();
  const Hello got = decode_hello(payload_of(sent)).value();
  EXPECT_EQ(got.host, sent.host);
  EXPECT_EQ(got.stream, sent.stream);
  EXPECT_EQ(got.host_name, sent.host_name);
  EXPECT_EQ(got.agent_version, sent.agent_version);
  EXPECT_EQ(got.wall, sent.wall);
  EXPECT_EQ(got.report_interval, sent.report_interval);
}

TEST(Messages, a_hello_may_tell_its_clock) {
  Hello sent = some_hello();
  EXPECT_FALSE(decode_hello(payload_of(sent)).value().clock);
  sent.clock = {BootId::random(), 123'456ms};
  const Hello got = decode_hello(payload_of(sent)).value();
  ASSERT_TRUE(got.clock);
  EXPECT_EQ(got.clock->boot, sent.clock->boot);
  EXPECT_EQ(got.clock->boottime, 123'456ms);
  sent.clock->boottime = std::chrono::hours{24 * 366 * 101};
  EXPECT_FALSE(decode_hello(payload_of(sent)));
}

TEST(Messages, inventory_survives_the_wire_and_is_named_by_its_hash) {
  const Inventory sent = some_inventory();
  const EncodedInventory encoded = encode(sent);
  const auto frame = next_frame(encoded.frame).value();
  EXPECT_EQ(frame->type, FrameType::inventory);
  EXPECT_EQ(inventory_hash(frame->payload), encoded.hash);
  EXPECT_EQ(decode_inventory(frame->payload).value(), sent);
}

TEST(Messages, the_small_ones_survive_the_wire) {
  EXPECT_EQ(decode_welcome(payload_of(Welcome{42, WallTime{5ms}})).value().committed_seq, 42U);
  EXPECT_EQ(decode_ack(payload_of(Ack{7})).value().seq, 7U);
  EXPECT_EQ(decode_gap(payload_of(Gap{3, 9})).value().last_seq, 9U);
  EXPECT_EQ(decode_goodbye(payload_of(Goodbye{GoodbyeReason::suspend})).value().reason,
            GoodbyeReason::suspend);
  const Refusal refusal =
      decode_refusal(payload_of(Refusal{RefusalReason::overloaded, "full", 3s})).value();
  EXPECT_EQ(refusal.reason, RefusalReason::overloaded);
  EXPECT_EQ(refusal.message, "full");
  EXPECT_EQ(refusal.retry_after, 3s);
}

struct BadHello {
  const char* name;
  void (*spoil)(Hello&);
};
class BadHelloTest : public testing::TestWithParam<BadHello> {};

TEST_P(BadHelloTest, is_malformed) {
  Hello hello = some_hello();
  GetParam().spoil(hello);
  EXPECT_EQ(decode_hello(payload_of(hello)).error().code, Errc::malformed);
}

INSTANTIATE_TEST_SUITE_P(
    Messages, BadHelloTest,
    testing::Values(BadHello{"empty_name", [](Hello& h) { h.host_name.clear(); }},
                    BadHello{"name_too_long", [](Hello& h) { h.host_name.assign(254, 'a'); }},
                    BadHello{"newline_in_name", [](Hello& h) { h.host_name = "a\nb"; }},
                    BadHello{"name_not_utf8", [](Hello& h) { h.host_name = "caf\xe9"; }},
                    BadHello{"interval_too_short", [](Hello& h) { h.report_interval = 999ms; }},
                    BadHello{"interval_too_long", [](Hello& h) { h.report_interval = 2h; }},
                    BadHello{"time_before_1970", [](Hello& h) { h.wall = WallTime{-1ms}; }},
                    BadHello{"time_after_9999",
                             [](Hello& h) { h.wall = WallTime{24h * 366 * 9000}; }}),
    [](const auto& test) { return test.param.name; });

TEST(Messages, an_inventory_with_one_series_twice_is_malformed) {
  Inventory inventory = some_inventory();
  inventory.series.push_back(inventory.series.front());
  const EncodedInventory encoded = encode(inventory);
  EXPECT_EQ(decode_inventory(next_frame(encoded.frame).value()->payload).error().code,
            Errc::malformed);
}

TEST(Messages, an_inventory_with_too_many_series_is_malformed) {
  Inventory inventory = some_inventory();
  inventory.series.clear();
  for (std::size_t i = 0; i <= max_series; ++i)
    inventory.series.push_back({SignalId::temperature, std::to_string(i), {}, ""});
  const EncodedInventory encoded = encode(inventory);
  EXPECT_EQ(decode_inventory(next_frame(encoded.frame).value()->payload).error().code,
            Errc::malformed);
}

TEST(Messages, garbage_is_malformed_and_empty_lacks_what_is_needed) {
  EXPECT_FALSE(decode_hello("").has_value());
  EXPECT_FALSE(decode_inventory("").has_value());
  EXPECT_FALSE(decode_gap("").has_value());
  EXPECT_FALSE(decode_goodbye("").has_value());
  EXPECT_FALSE(decode_hello("\xff\xff\xff\xff").has_value());
  EXPECT_FALSE(decode_welcome("\xff\xff\xff\xff").has_value());
}

}  // namespace
}  // namespace sobriety::wire
