// A small HTTP/1.1 server on Beast: GET and POST, bounded headers, deadlines, streamed answers.
#pragma once

#include "proto/runtime/asio.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sobriety {

struct HttpRequest {
  std::string method;  // GET, HEAD or POST; others never reach the handler
  std::string path;    // without the query
  std::string query;   // behind '?', undecoded
  std::string accept;  // header fields, "" where absent
  std::string accept_encoding;
};

// The answer to one request; call reply() once, or begin(), write() … and let it end.
class HttpReply {
 public:
  virtual ~HttpReply() = default;

  // A whole answer.
  virtual Task<> reply(unsigned status, std::string_view content_type, std::string_view body) = 0;

  // A streamed answer: pieces as they come, without holding the whole. False: the client is gone.
  // `coding` is the Content-Encoding that the pieces are in, "" for none.
  virtual Task<bool> begin(std::string_view content_type, std::string_view coding) = 0;
  virtual Task<bool> write(std::string_view piece) = 0;
};

struct HttpLimits {
  std::size_t header_bytes = 8 * 1024;
  std::size_t connections = 64;      // beyond: 503; beyond twice as many: closed at once
  std::chrono::seconds request{10};  // to receive a request
  std::chrono::seconds idle{60};     // between requests of a connection
  std::chrono::seconds write{30};    // for one piece of an answer
};

class HttpServer {
 public:
  using Handler = std::function<Task<>(const HttpRequest&, HttpReply&)>;

  HttpServer(tcp::acceptor acceptor, HttpLimits limits, Handler handler);
  ~HttpServer();

  // Accepts until stop(); connections are served on the acceptor's executor.
  Task<> serve();
  // Stops accepting and ends all connections.
  void stop();

  [[nodiscard]] std::size_t open_connections() const;

 private:
  class Connections;
  Task<> answer(tcp::socket socket);

  tcp::acceptor acceptor_;
  HttpLimits limits_;
  Handler handler_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace sobriety
