#include "collector/expose/negotiate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sobriety::collector {
namespace {

TEST(NegotiateFormat, takes_the_format_of_the_highest_quality) {
  struct Case {
    std::string accept;
    Format format;
  };
  const std::string prometheus_2_42 =
      "application/openmetrics-text;version=1.0.0,application/"
      "openmetrics-text;version=0.0.1;q=0.75,"
      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  const std::string prometheus_3 =
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
      "application/openmetrics-text;version=0.0.1;q=0.5,text/"
      "plain;version=1.0.0;escaping=allow-utf-8;"
      "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
  const Case cases[] = {
      {prometheus_2_42, Format::openmetrics},
      {prometheus_3, Format::openmetrics},
      {"", Format::text},
      {"*/*", Format::text},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format::text},
      {"application/openmetrics-text", Format::openmetrics},
      {"Application/OpenMetrics-Text ; Version=1.0.0", Format::openmetrics},
      {"application/openmetrics-text;version=\"1.0.0\"", Format::openmetrics},
      {"application/openmetrics-text;version=0.0.1", Format::text},
      {"application/openmetrics-text;version=2.0.0,*/*;q=0.1", Format::text},
      {"application/openmetrics-text;q=0.3,text/plain;q=0.5", Format::text},
      {"application/openmetrics-text;q=0.5,text/plain;q=0.3", Format::openmetrics},
      {"application/openmetrics-text;q=0.301,text/plain;q=0.3", Format::openmetrics},
      {"application/openmetrics-text;q=0.5,text/plain;q=0.5", Format::text},
      {"application/openmetrics-text,*/*", Format::openmetrics},
      {"application/openmetrics-text;q=0", Format::text},
      {"application/openmetrics-text;q=0,*/*", Format::text},
      {"text/plain;q=0,*/*;q=0.1", Format::openmetrics},
      {"text/plain;version=0.0.4,application/*;q=0.9", Format::text},
      {"text/*;q=0.1,application/*", Format::openmetrics},
      {"image/png", Format::text},
      // What is no weight makes its element count for nothing.
      {"application/openmetrics-text;q=2", Format::text},
      {"application/openmetrics-text;q=", Format::text},
      {"application/openmetrics-text;q=0.1234", Format::text},
      {"application/openmetrics-text;q=1.001", Format::text},
      {"application/openmetrics-text;q=-1", Format::text},
      {"application/openmetrics-text;q=nan", Format::text},
      // A comma in quotes parts nothing.
      {R"(text/x;a="b,application/openmetrics-text")", Format::text},
      {R"(text/x;a="\",application/openmetrics-text")", Format::text},
      {R"(text/x;a="b", application/openmetrics-text)", Format::openmetrics},
      {",,, ;,\t application/openmetrics-text ,", Format::openmetrics},
      {"\"", Format::text},
      {";;;q=1", Format::text},
  };
  for (const auto& [accept, format] : cases) EXPECT_EQ(negotiate_format(accept), format) << accept;
}

TEST(NegotiateFormat, looks_at_a_bounded_number_of_elements) {
  std::string accept;
  for (int i = 0; i < 10'000; ++i) accept += "image/png,";
  EXPECT_EQ(negotiate_format(accept + "application/openmetrics-text"), Format::text);
}

TEST(NegotiateCoding, takes_the_coding_of_the_highest_quality_and_of_equals_the_cheaper_one) {
  struct Case {
    std::string_view accept_encoding;
    Coding coding;
  };
  const Case cases[] = {
      {"", Coding::identity},
      {"gzip", Coding::gzip},
      {"GZIP", Coding::gzip},
      {"x-gzip", Coding::gzip},
      {"zstd", Coding::zstd},
      {"gzip, deflate, br, zstd", Coding::gzip},
      {"zstd, gzip", Coding::gzip},
      {"zstd;q=1.0, gzip;q=0.9", Coding::zstd},
      {"deflate, br", Coding::identity},
      {"identity", Coding::identity},
      {"gzip;q=0", Coding::identity},
      {"gzip;q=0, *", Coding::zstd},
      {"gzip;q=0.000, *;q=0", Coding::identity},
      {"*", Coding::gzip},
      {"*;q=0", Coding::identity},
      {"identity;q=1, gzip;q=0.5", Coding::identity},
      {"identity;q=0.5, gzip;q=0.5", Coding::gzip},
      {"identity;q=0", Coding::identity},  // nothing else is wanted, and something must come
      {"gzip;q=high, zstd;q=0.1", Coding::zstd},
      {"gzip;q=0.5;q=0.1, zstd;q=0.2", Coding::zstd},
  };
  for (const auto& [accept_encoding, coding] : cases)
    EXPECT_EQ(negotiate_coding(accept_encoding), coding) << accept_encoding;
}

TEST(SliceOf, reads_a_part_of_the_fleet) {
  EXPECT_EQ(slice_of("").value(), Slice{});
  EXPECT_EQ(slice_of("shard=0/1").value(), (Slice{0, 1}));
  EXPECT_EQ(slice_of("shard=3/4").value(), (Slice{3, 4}));
  EXPECT_EQ(slice_of("shard=1023/1024").value(), (Slice{1023, 1024}));
  EXPECT_EQ(slice_of("shard=3%2F4").value(), (Slice{3, 4}));
  EXPECT_EQ(slice_of("shard=3%2f4").value(), (Slice{3, 4}));
}

TEST(SliceOf, refuses_what_is_no_part) {
  for (const char* query : {"shard",
                            "shard=",
                            "shard=1",
                            "shard=/",
                            "shard=1/",
                            "shard=/1",
                            "shard=1/1",
                            "shard=4/4",
                            "shard=0/0",
                            "shard=0/1025",
                            "shard=-1/4",
                            "shard=+1/4",
                            "shard=0x1/4",
                            "shard=1/4/",
                            "1/4",
                            "shard=1/4&x=1",
                            "shard=1 / 4",
                            "shard=1%204",
                            "shard=4294967296/4294967297",
                            "sharD=1/4",
                            "host=x"}) {
    const auto slice = slice_of(query);
    ASSERT_FALSE(slice) << query;
    EXPECT_EQ(slice.error().code, Errc::malformed);
  }
}

TEST(Slice, each_host_is_in_one_part_and_the_parts_are_of_a_size) {
  for (const std::uint32_t count : {2U, 3U, 7U}) {
    std::vector<int> sizes(count);
    for (int i = 0; i < 2'000; ++i) {
      const HostId host = HostId::random();
      int parts = 0;
      for (std::uint32_t index = 0; index < count; ++index)
        if (Slice{index, count}.has(host)) ++parts, ++sizes[index];
      EXPECT_EQ(parts, 1);
    }
    for (const int size : sizes) EXPECT_GT(size, 1'400 / static_cast<int>(count));
  }
}

}  // namespace
}  // namespace sobriety::collector
