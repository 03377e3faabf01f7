// A small HTTP/1.1 server on Beast, plain or over TLS: GET and POST, bounded headers, deadlines,
// streamed answers.
#pragma once

#include "proto/runtime/asio.hpp"
#include "proto/runtime/tls.hpp"

#include <array>
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
  std::string authorization;
  net::ip::address remote;       // the other end of the connection
  bool client_verified = false;  // it showed a certificate, and an authority of ours vouches for it
};

// The answer to one request; call reply() once, or begin(), write() … and let it end.
class HttpReply {
 public:
  virtual ~HttpReply() = default;

  // A header field of the answer, in the place of one of that name; before reply() or begin().
  virtual void set(std::string_view name, std::string_view value) = 0;

  // A whole answer.
  virtual Task<> reply(unsigned status, std::string_view content_type, std::string_view body) = 0;

  // A streamed answer: pieces as they come, without holding the whole. False: the client is gone.
  // `coding` is the Content-Encoding that the pieces are in, "" for none.
  virtual Task<bool> begin(std::string_view content_type, std::string_view coding) = 0;
  virtual Task<bool> write(std::string_view piece) = 0;
};

struct HttpLimits {
  std::size_t header_bytes = 8 * 1024;
  std::size_t connections = 64;       // beyond: 503; beyond twice as many: closed at once
  std::size_t handshakes = 32;        // of TLS at once; beyond: the oldest one makes room
  std::chrono::seconds handshake{5};  // for one
  std::chrono::seconds request{10};   // to receive a request
  std::chrono::seconds idle{60};      // between requests of a connection
  std::chrono::seconds write{30};     // for one piece of an answer
};

// Why a client got nothing, or not what it asked for.
enum class HttpRefusal : std::uint8_t {
  connections,  // too many
  handshakes,   // too many at once, and it was the oldest
  handshake,    // one that failed or took too long
  rate,
  credentials,
  busy,  // no time to look at credentials
  forbidden,
};
inline constexpr std::array<std::string_view, 7> http_refusals{
    "connections", "handshakes", "handshake", "rate", "credentials", "busy", "forbidden"};

class HttpServer {
 public:
  using Handler = std::function<Task<>(const HttpRequest&, HttpReply&)>;
  // The context that a new connection begins its handshake with; none: plain HTTP.
  using TlsNow = std::function<tls::Context()>;
  using Refused = std::function<void(HttpRefusal)>;

  // Handler and the others are called on the acceptor's executor.
  HttpServer(tcp::acceptor acceptor, HttpLimits limits, Handler handler, TlsNow tls_now = {},
             Refused refused = {});
  ~HttpServer();

  // Accepts until stop(); connections are served on the acceptor's executor.
  Task<> serve();
  // Stops accepting and ends all connections.
  void stop();

  [[nodiscard]] std::size_t open_connections() const;

 private:
  class Connections;
  class Present;
  Task<> answer(tcp::socket socket);
  template <class Stream>
  Task<> converse(Stream& stream, bool crowded, bool client_verified);
  template <class Stream>
  Task<bool> shake_hands(Stream& stream);
  void refuse(HttpRefusal why) const {
    if (refused_) refused_(why);
  }

  tcp::acceptor acceptor_;
  HttpLimits limits_;
  Handler handler_;
  TlsNow tls_now_;
  Refused refused_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<Connections> handshakes_;  // those of them that are not done
};

}  // namespace sobriety
