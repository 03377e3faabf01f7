#include "collector/remote/response.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::remote {
namespace {

TEST(ResponseReader, reads_an_answer_in_any_pieces) {
  const std::string text =
      "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\nslow\ndown";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ResponseReader reader;
    std::string received = text.substr(0, cut);
    const auto first = reader.take(received);
    ASSERT_TRUE(first) << cut;
    EXPECT_EQ(first.value(), cut == text.size()) << cut;
    received += text.substr(cut);
    ASSERT_TRUE(reader.take(received).value()) << cut;
    const Response response = reader.response();
    EXPECT_EQ(response.status, 429U);
    EXPECT_EQ(response.retry_after, "7");
    EXPECT_EQ(response.words, "slow down");
    EXPECT_TRUE(response.keep_alive);
  }
}

TEST(ResponseReader, an_answer_without_a_length_ends_with_the_connection) {
  ResponseReader reader;
  std::string received = "HTTP/1.0 500 No\r\n\r\nbroken";
  EXPECT_FALSE(reader.take(received).value());
  EXPECT_TRUE(reader.end());
  EXPECT_EQ(reader.response().words, "broken");
  EXPECT_FALSE(reader.response().keep_alive);
}

TEST(ResponseReader, no_answer_is_told_from_one) {
  EXPECT_FALSE(ResponseReader{}.end());
  ResponseReader cut;
  std::string received = "HTTP/1.1 200 OK\r\nContent-Le";
  EXPECT_FALSE(cut.take(received).value());
  EXPECT_FALSE(cut.end());
  ResponseReader garbage;
  received = "SSH-2.0-OpenSSH\r\n\r\n";
  EXPECT_FALSE(garbage.take(received));
}

TEST(ResponseReader, a_long_body_costs_no_memory_and_its_status_counts) {
  ResponseReader reader;
  std::string received = "HTTP/1.1 400 Bad\r\nContent-Length: 100000000\r\n\r\n";
  EXPECT_TRUE(reader.take(received).value());
  EXPECT_EQ(reader.response().status, 400U);
  EXPECT_FALSE(reader.response().keep_alive);
  ResponseReader head;
  received = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x');
  EXPECT_FALSE(head.take(received));
}

}  // namespace
}  // namespace sobriety::collector::remote
