#include "proto/runtime/values.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sobriety {

void PrintTo(const Endpoint& endpoint, std::ostream* out) { *out << to_string(endpoint); }

namespace {

using namespace std::chrono_literals;

TEST(Duration, is_a_whole_number_and_its_unit) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("1m"), 1min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("1d"), 24h);
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("9223372036854775807ms"), 9223372036854775807ms);
  for (const char* text :
       {"", "5", "s", "-5s", "+5s", "1.5s", "5 s", " 5s", "5s ", "5S", "5sec", "1m30s", "5us",
        "0x5s", "9223372036854775807s", "99999999999999999999ms", "1e3s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Duration, is_shown_in_its_largest_whole_unit_and_reads_back) {
  EXPECT_EQ(duration_text(0ms), "0s");
  EXPECT_EQ(duration_text(200ms), "200ms");
  EXPECT_EQ(duration_text(1500ms), "1500ms");
  EXPECT_EQ(duration_text(60s), "1m");
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(48h), "2d");
  for (const auto duration : {0ms, 1ms, 999ms, 61'000ms, 3'600'000ms, 90'061'001ms})
    EXPECT_EQ(parse_duration(duration_text(duration)), duration);
}

TEST(Size, has_binary_and_decimal_units_and_is_bytes_without_one) {
  EXPECT_EQ(parse_size("64MiB"), Bytes{64ULL << 20U});
  EXPECT_EQ(parse_size("4KiB"), Bytes{4096});
  EXPECT_EQ(parse_size("1GB"), Bytes{1'000'000'000});
  EXPECT_EQ(parse_size("3kB"), Bytes{3000});
  EXPECT_EQ(parse_size("17"), Bytes{17});
  EXPECT_EQ(parse_size("17B"), Bytes{17});
  EXPECT_EQ(parse_size("2TiB"), Bytes{2ULL << 40U});
  for (const char* text :
       {"", "B", "-1", "-1B", "1.5MiB", "4 KiB", "4KIB", "4k", "9999999999TiB", "0x10"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(Size, is_shown_in_its_largest_whole_unit_and_reads_back) {
  EXPECT_EQ(size_text(Bytes{0}), "0B");
  EXPECT_EQ(size_text(Bytes{4ULL << 20U}), "4MiB");
  EXPECT_EQ(size_text(Bytes{1'000'000'000}), "1GB");
  EXPECT_EQ(size_text(Bytes{1023}), "1023B");
  for (const std::uint64_t size :
       {0ULL, 1ULL, 1000ULL, 1024ULL, 1025ULL, 1'024'000ULL, 1ULL << 40U})
    EXPECT_EQ(parse_size(size_text(Bytes{size})), Bytes{size});
}

TEST(Finite, takes_finite_numbers_only) {
  EXPECT_EQ(parse_finite("1e3"), 1000.0);
  EXPECT_EQ(parse_finite("-0.5"), -0.5);
  for (const char* text :
       {"", "nan", ".nan", "inf", "-inf", ".inf", "1e999", "1.5x", " 1", "1_000", "0x10", "+1"})
    EXPECT_EQ(parse_finite(text), std::nullopt) << text;
  for (const double value : {0.1, 1000.0, 1e-300, 0.00012345678901234567, -123456789012345.67,
                             std::numeric_limits<double>::max()})
    EXPECT_EQ(parse_finite(finite_text(value)), value);
  EXPECT_EQ(finite_text(1'000'000), "1000000");
  EXPECT_EQ(finite_text(0.25), "0.25");
  EXPECT_EQ(finite_text(0), "0");
  EXPECT_EQ(finite_text(-1e300), "-1e+300");
}

TEST(EndpointText, reads_addresses_and_names_with_a_port) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:18550"), (Endpoint{"127.0.0.1", 18550}));
  EXPECT_EQ(parse_endpoint("[::1]:18550"), (Endpoint{"::1", 18550}));
  EXPECT_EQ(parse_endpoint("[2001:db8::7]:1"), (Endpoint{"2001:db8::7", 1}));
  EXPECT_EQ(parse_endpoint("collector.example.org:18550"),
            (Endpoint{"collector.example.org", 18550}));
  EXPECT_EQ(parse_endpoint("localhost:0"), (Endpoint{"localhost", 0}));
  for (const char* text : {"",
                           ":",
                           "host",
                           "host:",
                           ":1",
                           "host:65536",
                           "host:-1",
                           "host:1x",
                           "::1:18550",
                           "[::1]",
                           "[::1]18550",
                           "[]:1",
                           "[host]:1",
                           "[127.0.0.1]:1",
                           "[::1:1",
                           "::1]:1",
                           "127.0.0.256:1",
                           "127.1:1",
                           "1:1",
                           "a b:1",
                           "a..b:1",
                           ".a:1",
                           "-a:1",
                           "a/b:1",
                           "http://a:1",
                           "caf\u00E9:1",
                           "[::1%lo]:1"})
    EXPECT_EQ(parse_endpoint(text), std::nullopt) << text;
  EXPECT_EQ(parse_endpoint(std::string(254, 'a') + ":1"), std::nullopt);
  EXPECT_EQ(parse_endpoint(std::string_view{"127.0.0.1\0:1", 12}), std::nullopt);
}

TEST(EndpointText, reads_back) {
  for (const char* text : {"127.0.0.1:18550", "[::1]:18550", "collector.example.org:1"})
    EXPECT_EQ(to_string(*parse_endpoint(text)), text);
}

TEST(Loopback, is_an_address_in_digits) {
  for (const char* host : {"127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1"})
    EXPECT_TRUE(is_loopback({host, 1}));
  for (const char* host :
       {"localhost", "0.0.0.0", "::", "128.0.0.1", "10.0.0.1", "::ffff:127.0.0.1", "fe80::1"})
    EXPECT_FALSE(is_loopback({host, 1})) << host;
}

}  // namespace
}  // namespace sobriety
