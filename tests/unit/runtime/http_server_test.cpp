#include "proto/runtime/http_server.hpp"

#include "tests/support/peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sobriety {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view text = "text/plain";

class HttpServerTest : public testing::Test {
 protected:
  void start(HttpLimits limits = {}) {
    tcp::acceptor acceptor{loop, {net::ip::address_v4::loopback(), 0}};
    where = acceptor.local_endpoint();
    server.emplace(
        std::move(acceptor), limits,
        [this](const HttpRequest& request, HttpReply& reply) { return handle(request, reply); });
    net::co_spawn(loop, server->serve(), [this](std::exception_ptr failure) {
      ended = true;
      EXPECT_FALSE(failure);
    });
  }

  Task<> handle(const HttpRequest& request, HttpReply& reply) {
    last = request;
    ++requests;
    if (request.path == "/hello")
      co_await reply.reply(200, text, "hello\n");
    else if (request.path == "/fields")
      co_await with_fields(reply);
    else if (request.path == "/stream")
      co_await stream(reply);
    else if (request.path == "/endless")
      co_await endless(reply);
    else if (request.path == "/throws")
      throw std::runtime_error{"the handler is broken"};
    else if (request.path != "/nothing")
      co_await reply.reply(404, text, "not found\n");
  }
  Task<> with_fields(HttpReply& reply) {
    reply.set("X-Frame-Options", "sameorigin");
    reply.set("Retry-After", "7");
    co_await reply.reply(429, text, "later\n");
  }
  Task<> stream(HttpReply& reply) {
    static const std::vector<std::string> pieces{"one ", "", "two ", "three"};
    const bool connected = co_await reply.begin(text, "");
    if (!connected) co_return;
    for (const std::string& piece : pieces) co_await reply.write(piece);
  }
  Task<> endless(HttpReply& reply) {
    const std::string piece(100'000, 'x');
    bool connected = co_await reply.begin(text, "");
    while (connected) connected = co_await reply.write(piece);
    endless_ended = true;
  }

  Peer connect() { return Peer{loop, where}; }
  // All that comes until the server ends the connection.
  std::string until_end(Peer& peer) {
    EXPECT_TRUE(peer.wait_for_end());
    return peer.received();
  }
  std::string ask(std::string_view request) {
    Peer peer = connect();
    peer.send(request);
    return until_end(peer);
  }

  void TearDown() override {
    if (!server) return;
    server->stop();
    EXPECT_TRUE(test::run_until(loop, [this] { return ended && server->open_connections() == 0; }));
  }

  net::io_context loop{1};
  std::optional<HttpServer> server;
  tcp::endpoint where;
  HttpRequest last;
  int requests = 0;
  bool endless_ended = false;
  bool ended = false;
};

TEST_F(HttpServerTest, answers_a_get) {
  start();
  const std::string answer =
      ask("GET /hello?a=b%20c&d HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nAccept-Encoding: "
          "gzip\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 6\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nhello\n"));
  EXPECT_EQ(last.method, "GET");
  EXPECT_EQ(last.path, "/hello");
  EXPECT_EQ(last.query, "a=b%20c&d");
  EXPECT_EQ(last.accept, "text/html");
  EXPECT_EQ(last.accept_encoding, "gzip");
}

struct Asked {
  const char* name;
  std::string request;
  std::string status;
  bool handled;  // reaches the handler
};
class Statuses : public HttpServerTest, public testing::WithParamInterface<Asked> {};

TEST_P(Statuses, are_told_and_the_next_client_is_served) {
  start();
  EXPECT_THAT(ask(GetParam().request), StartsWith("HTTP/1.1 " + GetParam().status + ' '));
  EXPECT_EQ(requests, GetParam().handled ? 1 : 0);
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n"), EndsWith("hello\n"));
}

const std::string close_after = " HTTP/1.1\r\nConnection: close\r\n";

INSTANTIATE_TEST_SUITE_P(
    HttpServer, Statuses,
    testing::Values(
        Asked{"not_found", "GET /other" + close_after + "\r\n", "404", true},
        Asked{"post_without_a_body", "POST /hello" + close_after + "Content-Length: 0\r\n\r\n",
              "200", true},
        Asked{"a_handler_that_does_not_answer", "GET /nothing" + close_after + "\r\n", "500", true},
        Asked{"put", "PUT /hello" + close_after + "Content-Length: 0\r\n\r\n", "405", false},
        Asked{"delete", "DELETE /hello" + close_after + "\r\n", "405", false},
        Asked{"a_method_that_does_not_exist", "FROB /hello" + close_after + "\r\n", "405", false},
        Asked{"a_body", "POST /hello" + close_after + "Content-Length: 5\r\n\r\nhello", "413",
              false},
        Asked{"a_field_of_10_kilobytes",
              "GET /hello" + close_after + "X: " + std::string(10'000, 'x') + "\r\n\r\n", "431",
              false},
        Asked{"many_fields",
              "GET /hello" + close_after +
                  [] {
                    std::string fields;
                    for (int i = 0; i < 2000; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
                    return fields + "\r\n";
                  }(),
              "431", false},
        Asked{"a_target_of_10_kilobytes", "GET /" + std::string(10'000, 'x') + close_after + "\r\n",
              "431", false},
        Asked{"garbage", "lorem ipsum\r\n\r\n", "400", false},
        Asked{"another_version", "GET /hello HTTP/9.9\r\n\r\n", "400", false},
        Asked{"nul_in_the_target", std::string("GET /he\0llo HTTP/1.1\r\n\r\n", 24), "400", false}),
    [](const auto& row) { return row.param.name; });

TEST_F(HttpServerTest, tells_browsers_to_be_careful) {
  start();
  const std::string answer = ask("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
  for (const char* field :
       {"X-Content-Type-Options: nosniff", "X-Frame-Options: deny", "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy: same-origin", "Cache-Control: no-store"})
    EXPECT_THAT(answer, HasSubstr(std::string{"\r\n"} + field + "\r\n"));
}

TEST_F(HttpServerTest, a_handler_can_set_fields_also_in_the_place_of_others) {
  start();
  const std::string answer = ask("GET /fields HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 429 "));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Frame-Options: sameorigin\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("deny")));
  EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 7\r\n"));
}

TEST_F(HttpServerTest, the_handler_is_told_who_asks) {
  start();
  ask("GET /hello HTTP/1.1\r\nAuthorization: Basic YTpi\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(last.authorization, "Basic YTpi");
  EXPECT_TRUE(last.remote.is_loopback());
  EXPECT_FALSE(last.client_verified);
}

TEST_F(HttpServerTest, head_is_get_without_the_body) {
  start();
  const std::string answer = ask("HEAD /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
  EXPECT_EQ(last.method, "HEAD");
}

TEST_F(HttpServerTest, head_of_a_stream_leaves_the_connection_fit_for_another_request) {
  start();
  Peer peer = connect();
  peer.send("HEAD /stream HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(peer.wait_for("\r\n\r\n"));
  EXPECT_THAT(peer.received(), EndsWith("\r\n\r\n"));
  peer.received().clear();
  peer.send("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(until_end(peer), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, serves_one_request_after_the_other_on_a_connection) {
  start();
  Peer peer = connect();
  for (int i = 1; i <= 3; ++i) {
    peer.send("GET /hello HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(peer.wait_for("hello\n"));
    peer.received().clear();
    EXPECT_EQ(requests, i);
  }
  EXPECT_FALSE(peer.ended());
  // Also where they come together.
  peer.send("GET /stream HTTP/1.1\r\n\r\nGET /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(until_end(peer), EndsWith("hello\n"));
  EXPECT_EQ(requests, 5);
}

TEST_F(HttpServerTest, a_request_that_comes_byte_by_byte_is_served) {
  start();
  Peer peer = connect();
  for (const char byte : std::string{"GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n"}) {
    peer.send({&byte, 1});
    test::run_ready(loop);
  }
  EXPECT_THAT(until_end(peer), EndsWith("hello\n"));
}

TEST_F(HttpServerTest, streams_pieces_as_they_come_and_says_where_they_end) {
  start();
  const std::string answer = ask("GET /stream HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"));
}

TEST_F(HttpServerTest,
       a_client_of_http_1_0_gets_the_stream_as_it_is_until_the_end_of_the_connection) {
  start();
  const std::string answer = ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  EXPECT_THAT(answer, EndsWith("\r\n\r\none two three"));
  EXPECT_THAT(ask("GET /hello HTTP/1.0\r\n\r\n"), EndsWith("hello\n"));
}

TEST_F(HttpServerTest, a_request_that_is_too_slow_is_not_waited_for) {
  HttpLimits limits;
  limits.request = 1s;
  start(limits);
  const auto begun = std::chrono::steady_clock::now();
  Peer silent = connect();
  Peer slow = connect();
  slow.send("GET /hello HTTP/1.1\r\nHo");
  test::run_for(loop, 300ms);
  slow.send("st: x\r\n");  // more bytes win no more time
  EXPECT_EQ(until_end(slow), "");
  EXPECT_EQ(until_end(silent), "");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 900ms);
  EXPECT_EQ(requests, 0);
}

TEST_F(HttpServerTest, a_connection_without_another_request_is_ended) {
  HttpLimits limits;
  limits.idle = 1s;
  start(limits);
  Peer peer = connect();
  peer.send("GET /hello HTTP/1.1\r\n\r\n");
  EXPECT_THAT(until_end(peer), EndsWith("hello\n"));
}

TEST_F(HttpServerTest, too_many_connections_are_told_so_and_a_place_that_is_left_can_be_taken) {
  HttpLimits limits;
  limits.connections = 2;
  start(limits);
  Peer one = connect();
  Peer two = connect();
  test::run_ready(loop);
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(requests, 0);
  one.close();
  test::run_ready(loop);
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, far_too_many_connections_are_closed_without_being_waited_for) {
  HttpLimits limits;
  limits.connections = 2;
  start(limits);
  std::vector<Peer> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(connect());
  test::run_ready(loop);
  EXPECT_LE(server->open_connections(), 4U);
  EXPECT_TRUE(silent.back().wait_for_end());
  EXPECT_FALSE(silent.front().ended());
}

TEST_F(HttpServerTest, a_client_that_leaves_ends_its_stream) {
  start();
  {
    Peer peer = connect();
    peer.send("GET /endless HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(peer.wait_for(std::size_t{1'000'000}));
  }
  EXPECT_TRUE(test::run_until(loop, [this] { return endless_ended; }));
}

TEST_F(HttpServerTest, a_client_that_does_not_read_is_given_up) {
  HttpLimits limits;
  limits.write = 1s;
  start(limits);
  Peer peer = connect();
  peer.send("GET /endless HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(test::run_until(loop, [this] { return endless_ended; }));
}

TEST_F(HttpServerTest, a_handler_that_throws_ends_its_connection_only) {
  start();
  EXPECT_EQ(ask("GET /throws HTTP/1.1\r\n\r\n"), "");
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n"), EndsWith("hello\n"));
}

TEST_F(HttpServerTest, stop_ends_what_is_open) {
  start();
  Peer idle = connect();
  Peer busy = connect();
  busy.send("GET /endless HTTP/1.1\r\n\r\n");
  test::run_ready(loop);
  server->stop();
  EXPECT_TRUE(idle.wait_for_end());
  EXPECT_TRUE(test::run_until(
      loop, [this] { return endless_ended && ended && server->open_connections() == 0; }));
}

}  // namespace
}  // namespace sobriety
