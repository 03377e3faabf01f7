#include "proto/wire/frame.hpp"

#include <gtest/gtest.h>

namespace sobriety::wire {
namespace {

std::string frame(FrameType type, std::string_view payload) {
  std::string bytes;
  append_header(bytes, type, payload.size());
  return bytes += payload;
}

TEST(Frame, reads_what_was_written_and_leaves_the_rest) {
  const std::string bytes = frame(FrameType::ack, "abc") + frame(FrameType::batch, "");
  const auto first = next_frame(bytes).value();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, FrameType::ack);
  EXPECT_EQ(first->payload, "abc");
  const auto second = next_frame(std::string_view{bytes}.substr(first->size)).value();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->type, FrameType::batch);
  EXPECT_EQ(second->size, header_size);
}

TEST(Frame, waits_for_the_rest_at_every_cut) {
  const std::string bytes = frame(FrameType::hello, std::string(300, 'x'));
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const auto got = next_frame(std::string_view{bytes}.substr(0, cut));
    ASSERT_TRUE(got.has_value()) << cut;
    ASSERT_FALSE(got.value()) << cut;
    ASSERT_EQ(bytes_missing(std::string_view{bytes}.substr(0, cut)),
              (cut < header_size ? header_size : bytes.size()) - cut);
  }
}

TEST(Frame, refuses_a_length_over_the_limit_before_any_of_the_payload_is_there) {
  std::string header;
  append_header(header, FrameType::batch, 1001);
  EXPECT_EQ(next_frame(header, 1000).error().code, Errc::too_large);
  EXPECT_FALSE(next_frame(header, 1001).value());
}

struct Bad {
  const char* name;
  std::size_t at;
  char byte;
  Errc code;
};
class BadHeader : public testing::TestWithParam<Bad> {};

TEST_P(BadHeader, is_refused) {
  std::string bytes = frame(FrameType::hello, "abc");
  bytes[GetParam().at] = GetParam().byte;
  EXPECT_EQ(next_frame(bytes).error().code, GetParam().code);
  // … and as soon as the byte is there, at the latest with the header
  EXPECT_FALSE(next_frame(std::string_view{bytes}.substr(0, header_size)).has_value());
}

INSTANTIATE_TEST_SUITE_P(Frame, BadHeader,
                         testing::Values(Bad{"magic_1", 0, 'G', Errc::malformed},
                                         Bad{"magic_2", 1, 'S', Errc::malformed},
                                         Bad{"newer_version", 2, 2, Errc::unsupported},
                                         Bad{"version_0", 2, 0, Errc::unsupported},
                                         Bad{"type_0", 3, 0, Errc::malformed},
                                         Bad{"unknown_type", 3, 11, Errc::malformed},
                                         Bad{"flags", 4, 1, Errc::malformed},
                                         Bad{"too_long", 5, 'x', Errc::too_large}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace sobriety::wire
