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

TEST(ResponseReader, an_answer_whose_end_is_not_stated_has_a_status_and_ends_the_connection) {
  for (const std::string field : {"", "Transfer-Encoding: chunked\r\n", "connection: Close\r\n"}) {
    ResponseReader reader;
    std::string received = "HTTP/1.1 500 No\r\n" + field + "\r\n0\r\n\r\n";
    ASSERT_TRUE(reader.take(received).value()) << field;
    EXPECT_EQ(reader.response().status, 500U);
    EXPECT_FALSE(reader.response().keep_alive) << field;
  }
}

TEST(ResponseReader, an_answer_without_a_body_and_those_that_come_before_it_are_known) {
  ResponseReader reader;
  std::string received = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 500";
  ASSERT_TRUE(reader.take(received).value());
  EXPECT_EQ(reader.response().status, 204U);
  EXPECT_TRUE(reader.response().keep_alive);
  EXPECT_EQ(received, "HTTP/1.1 500");
  ResponseReader old;
  received = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
  ASSERT_TRUE(old.take(received).value());
  EXPECT_FALSE(old.response().keep_alive);
}

TEST(ResponseReader, no_answer_is_told_from_one) {
  for (const char* text :
       {"SSH-2.0-OpenSSH\r\n\r\n", "\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nfield\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
    std::string received = text;
    EXPECT_FALSE(ResponseReader{}.take(received)) << text;
  }
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
