#include "proto/runtime/http_server.hpp"

#include "proto/runtime/log.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <list>
#include <optional>

namespace sobriety {

namespace beast = boost::beast;
namespace http = beast::http;

// The open streams, so that stop() can end them. Touched on the server's executor only.
class HttpServer::Connections {
 public:
  using Place = std::list<beast::tcp_stream*>::iterator;

  Place add(beast::tcp_stream& stream) { return open_.insert(open_.end(), &stream); }
  void remove(Place place) { open_.erase(place); }
  void close_all() {
    for (auto* stream : open_) stream->cancel(), stream->close();
  }
  [[nodiscard]] std::size_t size() const { return open_.size(); }

 private:
  std::list<beast::tcp_stream*> open_;
};

namespace {

void add_common_fields(http::fields& fields) {
  fields.set(http::field::server, "sobriety");
  fields.set("X-Content-Type-Options", "nosniff");
  fields.set("Content-Security-Policy", "default-src 'none'");
  fields.set(http::field::cache_control, "no-store");
}

class Reply final : public HttpReply {
 public:
  Reply(beast::tcp_stream& stream, const HttpLimits& limits,
        const http::request<http::empty_body>& request)
      : stream_(stream),
        limits_(limits),
        version_(request.version()),
        keep_alive_(request.keep_alive()),
        head_(request.method() == http::verb::head) {}

  Task<> reply(unsigned status, std::string_view content_type, std::string_view body) override {
    http::response<http::string_body> response{static_cast<http::status>(status), version_};
    add_common_fields(response);
    response.set(http::field::content_type, content_type);
    response.keep_alive(keep_alive_);
    response.content_length(body.size());
    if (!head_) response.body() = body;
    stream_.expires_after(limits_.write);
    auto [error, size] = co_await http::async_write(stream_, response, as_result);
    started_ = true;
    failed_ = bool{error};
  }

  Task<bool> begin(std::string_view content_type, std::string_view coding) override {
    http::response<http::empty_body> response{http::status::ok, version_};
    add_common_fields(response);
    response.set(http::field::content_type, content_type);
    response.set(http::field::vary, "Accept, Accept-Encoding");
    if (!coding.empty()) response.set(http::field::content_encoding, coding);
    chunked_ = version_ >= 11;
    if (!chunked_) keep_alive_ = false;  // HTTP/1.0: the end of the connection ends the body
    response.keep_alive(keep_alive_);
    response.chunked(chunked_);
    http::response_serializer<http::empty_body> serializer{response};
    stream_.expires_after(limits_.write);
    auto [error, size] = co_await http::async_write_header(stream_, serializer, as_result);
    started_ = streaming_ = true;
    failed_ = bool{error};
    co_return !failed_;
  }

  Task<bool> write(std::string_view piece) override {
    if (failed_) co_return false;
    if (piece.empty() || head_) co_return true;  // an empty chunk would end the body
    stream_.expires_after(limits_.write);
    const auto body = net::buffer(piece.data(), piece.size());
    if (chunked_) {
      auto chunk = http::make_chunk(body);
      auto [error, size] = co_await net::async_write(stream_, chunk, as_result);
      failed_ = bool{error};
    } else {
      auto [error, size] = co_await net::async_write(stream_, body, as_result);
      failed_ = bool{error};
    }
    co_return !failed_;
  }

  // After the handler: true if the connection can carry another request.
  Task<bool> finish() {
    if (!started_) co_await reply(500, "text/plain; charset=utf-8", "no answer\n");
    if (streaming_ && chunked_ && !failed_ && !head_) {
      stream_.expires_after(limits_.write);
      auto last = http::make_chunk_last();
      auto [error, size] = co_await net::async_write(stream_, last, as_result);
      failed_ = bool{error};
    }
    co_return !failed_ && keep_alive_;
  }

 private:
  beast::tcp_stream& stream_;
  const HttpLimits& limits_;
  unsigned version_;
  bool keep_alive_;
  bool head_;
  bool chunked_ = false;
  bool started_ = false;
  bool streaming_ = false;
  bool failed_ = false;
};

HttpRequest to_request(const http::request<http::empty_body>& message) {
  const std::string_view target{message.target().data(), message.target().size()};
  const auto mark = target.find('?');
  const auto field = [&message](http::field name) {
    const auto value = message[name];
    return std::string{value.data(), value.size()};
  };
  const auto method = message.method_string();
  return {std::string{method.data(), method.size()}, std::string{target.substr(0, mark)},
          mark == std::string_view::npos ? std::string{} : std::string{target.substr(mark + 1)},
          field(http::field::accept), field(http::field::accept_encoding)};
}

}  // namespace

HttpServer::HttpServer(tcp::acceptor acceptor, HttpLimits limits, Handler handler)
    : acceptor_(std::move(acceptor)),
      limits_(limits),
      handler_(std::move(handler)),
      connections_(std::make_unique<Connections>()) {}
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

Task<> HttpServer::answer(tcp::socket socket) {
  beast::tcp_stream stream{std::move(socket)};
  const auto place = connections_->add(stream);
  struct Leave {
    Connections& connections;
    Connections::Place place;
    ~Leave() { connections.remove(place); }
  } leave{*connections_, place};

  if (connections_->size() > 2 * limits_.connections) co_return;
  const bool crowded = connections_->size() > limits_.connections;
  beast::flat_buffer buffer{limits_.header_bytes + 4096};
  bool first = true;
  for (bool again = true; again;) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser.body_limit(0);
    stream.expires_after(first ? limits_.request : limits_.idle);
    first = false;
    auto [error, size] = co_await http::async_read(stream, buffer, parser, as_result);
    const auto& message = parser.get();
    if (error == http::error::end_of_stream || error == beast::error::timeout ||
        error == net::error::operation_aborted || error == net::error::connection_reset)
      break;
    Reply reply{stream, limits_, message};
    if (error) {
      const unsigned status = error == http::error::header_limit ? 431
                              : error == http::error::body_limit ? 413
                                                                 : 400;
      co_await reply.reply(status, "text/plain; charset=utf-8", "bad request\n");
      break;
    }
    const http::verb verb = message.method();
    if (crowded) {
      co_await reply.reply(503, "text/plain; charset=utf-8", "too many connections\n");
      break;
    }
    if (verb != http::verb::get && verb != http::verb::head && verb != http::verb::post) {
      co_await reply.reply(405, "text/plain; charset=utf-8",
                           "only GET, HEAD and POST are served\n");
    } else {
      const HttpRequest request = to_request(message);
      co_await handler_(request, reply);
    }
    again = co_await reply.finish();
  }
  error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

}  // namespace sobriety
