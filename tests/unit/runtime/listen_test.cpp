#include "proto/runtime/listen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety {
namespace {

using testing::HasSubstr;

TEST(Listen, port_0_is_one_that_is_free) {
  net::io_context loop{1};
  const auto acceptor = listen(loop, {"127.0.0.1", 0}, "web.listen");
  ASSERT_TRUE(acceptor.has_value());
  EXPECT_NE(acceptor.value().local_endpoint().port(), 0);
}

TEST(Listen, an_occupied_port_is_told_with_the_port_and_the_key_to_change) {
  net::io_context loop{1};
  const auto first = listen(loop, {"127.0.0.1", 0}, "web.listen");
  const std::uint16_t port = first.value().local_endpoint().port();
  const auto second = listen(loop, {"127.0.0.1", port}, "web.listen");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(second.error().message, HasSubstr("another program holds this port"));
  EXPECT_THAT(second.error().message, HasSubstr("web.listen"));
}

TEST(Listen, a_port_is_free_again_once_it_is_closed) {
  net::io_context loop{1};
  std::uint16_t port = 0;
  {
    const auto first = listen(loop, {"127.0.0.1", 0}, "k");
    port = first.value().local_endpoint().port();
  }
  EXPECT_TRUE(listen(loop, {"127.0.0.1", port}, "k").has_value());
}

TEST(Listen, names_and_addresses_of_others_are_refused_with_the_key) {
  net::io_context loop{1};
  for (const char* host : {"localhost", "", "256.1.1.1", "192.0.2.1"}) {
    const auto acceptor = listen(loop, {host, 0}, "telemetry.listen");
    ASSERT_FALSE(acceptor.has_value()) << host;
    EXPECT_THAT(acceptor.error().message, HasSubstr("telemetry.listen")) << host;
    EXPECT_THAT(acceptor.error().message, HasSubstr(host));
  }
}

}  // namespace
}  // namespace sobriety
