#include "proto/runtime/http_server.hpp"

#include "proto/runtime/log.hpp"

#include <openssl/ssl.h>

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <list>
#include <utility>
#include <vector>

namespace sobriety {

namespace beast = boost::beast;
namespace http = beast::http;

// Open streams in the order in which they came, so that they can be ended. Touched on the server's
// executor only.
class HttpServer::Connections {
 public:
  using Place = std::list<beast::tcp_stream*>::iterator;

  Place add(beast::tcp_stream& stream) { return open_.insert(open_.end(), &stream); }
  void remove(Place place) { open_.erase(place); }
  void close_oldest() { open_.front()->close(); }
  void close_all() {
    for (auto* stream : open_) stream->cancel(), stream->close();
  }
  [[nodiscard]] std::size_t size() const { return open_.size(); }

 private:
  std::list<beast::tcp_stream*> open_;
};

namespace {

using TlsStream = beast::ssl_stream<beast::tcp_stream>;

using Field = std::pair<std::string, std::string>;

// What browsers are told of every answer.
const std::vector<Field>& common_fields() {
  static const std::vector<Field> fields{
      {"Server", "sobriety"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "deny"},
      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Cache-Control", "no-store"},
  };
  return fields;
}

template <class Stream>
void expires_after(Stream& stream, std::chrono::seconds time) {
  beast::get_lowest_layer(stream).expires_after(time);
}

// Goes on until all is written, and offers all of it to the kernel each time: Asio's own
// transfer_all() offers 64 KiB.
std::size_t all_at_once(const error_code& error, std::size_t) {
  return error ? 0 : std::numeric_limits<std::size_t>::max();
}

// Writes answers itself: Beast's serializers would be instantiated for each kind of message and
// stream, and take a minute to compile.
template <class Stream>
class Reply final : public HttpReply {
 public:
  Reply(Stream& stream, const HttpLimits& limits, const http::request<http::empty_body>& request)
      : stream_(stream),
        limits_(limits),
        version_(request.version()),
        keep_alive_(request.keep_alive()),
        head_(request.method() == http::verb::head),
        fields_(common_fields()) {}

  void set(std::string_view name, std::string_view value) override {
    const auto same = std::find_if(fields_.begin(), fields_.end(),
                                   [name](const Field& field) { return field.first == name; });
    if (same == fields_.end())
      fields_.emplace_back(name, value);
    else
      same->second = value;
  }

  Task<> reply(unsigned status, std::string_view content_type, std::string_view body) override {
    set("Content-Type", content_type);
    set("Content-Length", std::to_string(body.size()));
    const std::string head = head_of(status);
    if (head_) body = {};
    started_ = true;
    co_await send(head, body, {});
  }

  Task<bool> begin(std::string_view content_type, std::string_view coding) override {
    chunked_ = version_ >= 11;
    if (!chunked_) keep_alive_ = false;  // HTTP/1.0: the end of the connection ends the body
    set("Content-Type", content_type);
    set("Vary", "Accept, Accept-Encoding");
    if (!coding.empty()) set("Content-Encoding", coding);
    if (chunked_) set("Transfer-Encoding", "chunked");
    const std::string head = head_of(200);
    started_ = streaming_ = true;
    co_await send(head, {}, {});
    co_return !failed_;
  }

  Task<bool> write(std::string_view piece) override {
    if (failed_) co_return false;
    if (piece.empty() || head_) co_return true;  // an empty chunk would end the body
    std::string size;
    if (chunked_) {
      std::array<char, 20> digits{};
      const auto end =
          std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
      size.assign(digits.data(), end);
      size += "\r\n";
    }
    const std::string_view behind{"\r\n", chunked_ ? 2U : 0U};
    co_await send(size, piece, behind);
    co_return !failed_;
  }

  // After the handler: true if the connection can carry another request.
  Task<bool> finish() {
    if (!started_) co_await reply(500, "text/plain; charset=utf-8", "no answer\n");
    if (streaming_ && chunked_ && !failed_ && !head_) co_await send("0\r\n\r\n", {}, {});
    co_return !failed_ && keep_alive_;
  }

 private:
  // The values are ours, or were looked through when they were configured: there is no line end in
  // them.
  [[nodiscard]] std::string head_of(unsigned status) const {
    const auto reason = http::obsolete_reason(http::int_to_status(status));
    std::string head = version_ >= 11 ? "HTTP/1.1 " : "HTTP/1.0 ";
    head += std::to_string(status);
    head += ' ';
    head.append(reason.data(), reason.size());
    head += "\r\n";
    for (const auto& [name, value] : fields_) {
      head += name;
      head += ": ";
      head += value;
      head += "\r\n";
    }
    if (version_ >= 11 && !keep_alive_) head += "Connection: close\r\n";
    if (version_ < 11 && keep_alive_) head += "Connection: keep-alive\r\n";
    return head += "\r\n";
  }

  Task<> send(std::string_view first, std::string_view second, std::string_view third) {
    if (failed_) co_return;
    const std::array<net::const_buffer, 3> buffers{net::buffer(first), net::buffer(second),
                                                   net::buffer(third)};
    expires_after(stream_, limits_.write);
    auto [error, size] = co_await net::async_write(stream_, buffers, all_at_once, as_result);
    failed_ = bool{error};
  }

  Stream& stream_;
  const HttpLimits& limits_;
  unsigned version_;
  bool keep_alive_;
  bool head_;
  bool chunked_ = false;
  bool started_ = false;
  bool streaming_ = false;
  bool failed_ = false;
  std::vector<Field> fields_;
};

HttpRequest to_request(const http::request<http::empty_body>& message) {
  const std::string_view target{message.target().data(), message.target().size()};
  const auto mark = target.find('?');
  const auto field = [&message](http::field name) {
    const auto value = message[name];
    return std::string{value.data(), value.size()};
  };
  const auto method = message.method_string();
  return {std::string{method.data(), method.size()},
          std::string{target.substr(0, mark)},
          mark == std::string_view::npos ? std::string{} : std::string{target.substr(mark + 1)},
          field(http::field::accept),
          field(http::field::accept_encoding),
          field(http::field::authorization),
          {},
          false};
}

}  // namespace

HttpServer::HttpServer(tcp::acceptor acceptor, HttpLimits limits, Handler handler, TlsNow tls_now,
                       Refused refused)
    : acceptor_(std::move(acceptor)),
      limits_(limits),
      handler_(std::move(handler)),
      tls_now_(std::move(tls_now)),
      refused_(std::move(refused)),
      connections_(std::make_unique<Connections>()),
      handshakes_(std::make_unique<Connections>()) {}
HttpServer::~HttpServer() = default;

std::size_t HttpServer::open_connections() const { return connections_->size(); }

void HttpServer::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  connections_->close_all();
}

Task<> HttpServer::serve() {
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(as_result);
    if (!acceptor_.is_open()) co_return;
    if (error) {  // descriptors ran out, most likely: let some close before the next try
      spdlog::warn("HTTP: cannot accept a connection: {}", error.message());
      net::steady_timer pause{acceptor_.get_executor(), std::chrono::milliseconds{100}};
      co_await pause.async_wait(as_result);
      continue;
    }
    net::co_spawn(acceptor_.get_executor(), answer(std::move(socket)),
                  [](std::exception_ptr failure) {
                    if (!failure) return;
                    try {
                      std::rethrow_exception(failure);
                    } catch (const std::exception& problem) {
                      spdlog::error("HTTP: request ended by an exception: {}", problem.what());
                    }
                  });
  }
}

// A stream's place among others, for as long as this lives.
class HttpServer::Present {
 public:
  Present(Connections& all, beast::tcp_stream& stream) : all_(all), place_(all.add(stream)) {}
  ~Present() { all_.remove(place_); }
  Present(const Present&) = delete;
  Present& operator=(const Present&) = delete;

 private:
  Connections& all_;
  Connections::Place place_;
};

Task<> HttpServer::answer(tcp::socket socket) {
  const tls::Context context = tls_now_ ? tls_now_() : nullptr;
  if (connections_->size() >= 2 * limits_.connections) {
    refuse(HttpRefusal::connections);
    co_return;
  }
  const bool crowded = connections_->size() >= limits_.connections;
  if (!context) {
    beast::tcp_stream stream{std::move(socket)};
    const Present present{*connections_, stream};
    co_await converse(stream, crowded, false);
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
    co_return;
  }
  TlsStream stream{std::move(socket), *context};
  const Present present{*connections_, beast::get_lowest_layer(stream)};
  const bool shaken = co_await shake_hands(stream);
  if (!shaken) {
    refuse(HttpRefusal::handshake);
    co_return;
  }
  // A callback of the context may have let a certificate pass that nobody vouches for.
  SSL* session = stream.native_handle();
  const bool verified = ::SSL_get0_peer_certificate(session) != nullptr &&
                        ::SSL_get_verify_result(session) == X509_V_OK;
  co_await converse(stream, crowded, verified);
  // So that the other side knows that nothing was cut off; it need not answer for long.
  expires_after(stream, std::chrono::seconds{1});
  co_await stream.async_shutdown(as_result);
}

template <class Stream>
Task<bool> HttpServer::shake_hands(Stream& stream) {
  if (handshakes_->size() >= limits_.handshakes) {
    refuse(HttpRefusal::handshakes);
    handshakes_->close_oldest();
  }
  const Present present{*handshakes_, beast::get_lowest_layer(stream)};
  expires_after(stream, limits_.handshake);
  auto [error] = co_await stream.async_handshake(boost::asio::ssl::stream_base::server, as_result);
  co_return !error;
}

template <class Stream>
Task<> HttpServer::converse(Stream& stream, bool crowded, bool client_verified) {
  error_code ignored;
  const auto remote = beast::get_lowest_layer(stream).socket().remote_endpoint(ignored).address();
  beast::flat_buffer buffer{limits_.header_bytes + 4096};
  bool first = true;
  for (bool again = true; again;) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser.body_limit(0);
    expires_after(stream, first ? limits_.request : limits_.idle);
    first = false;
    auto [error, size] = co_await http::async_read(stream, buffer, parser, as_result);
    // Whatever is no matter of HTTP ends the connection: its end, its time, an error of TCP or TLS.
    const auto& http_errors = http::make_error_code(http::error::end_of_stream).category();
    if (error == http::error::end_of_stream || (error && error.category() != http_errors)) break;
    const auto& message = parser.get();
    Reply<Stream> reply{stream, limits_, message};
    if (error) {
      const unsigned status = error == http::error::header_limit ? 431
                              : error == http::error::body_limit ? 413
                                                                 : 400;
      co_await reply.reply(status, "text/plain; charset=utf-8", "bad request\n");
      break;
    }
    const http::verb verb = message.method();
    if (crowded) {
      refuse(HttpRefusal::connections);
      co_await reply.reply(503, "text/plain; charset=utf-8", "too many connections\n");
      break;
    }
    if (verb != http::verb::get && verb != http::verb::head && verb != http::verb::post) {
      co_await reply.reply(405, "text/plain; charset=utf-8",
                           "only GET, HEAD and POST are served\n");
    } else {
      HttpRequest request = to_request(message);
      request.remote = remote;
      request.client_verified = client_verified;
      co_await handler_(request, reply);
    }
    again = co_await reply.finish();
  }
}

}  // namespace sobriety
