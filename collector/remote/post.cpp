#include "collector/remote/post.hpp"

#include "proto/runtime/values.hpp"

#include <boost/asio/connect.hpp>

namespace sobriety::collector::remote {

namespace {

constexpr std::size_t read_size = 4096;
constexpr std::string_view alpn_http = "http/1.1";

Error unavailable(std::string what) { return {Errc::unavailable, std::move(what)}; }

Result<tls::Context> context_of(const RemoteWriteOptions& options) {
  std::optional<tls::KeyFiles> own;
  if (!options.certificate.empty()) own = tls::KeyFiles{options.certificate, options.key};
  return tls::client_context(tls::CaFile{options.ca}, own);
}

}  // namespace

Poster::Poster(net::io_context& context, Url url, const RemoteWriteOptions& options)
    : context_(context),
      url_(std::move(url)),
      options_(options),
      resolver_(context),
      deadline_(context) {}

Result<void> Poster::check(const Url& url, const RemoteWriteOptions& options) {
  if (!url.tls) return success();
  const auto context = context_of(options);
  if (!context) return fail(context.error().code, "remote_write.tls: " + context.error().message);
  return success();
}

Task<Result<Response>> Poster::post(std::string head, std::string body) {
  std::string message = "POST " + url_.target + " HTTP/1.1\r\nHost: " + to_string(url_.endpoint) +
                        "\r\n" + head + "Content-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body;
  set_deadline();
  const bool kept = channel_.has_value();
  Result<Response> answer = co_await try_post(message);
  // The receiver may end a connection that is idle at any moment: that says nothing.
  if (!answer && kept && !heard_ && !late_ && !stopped_) answer = co_await try_post(message);
  ++turn_;
  deadline_.cancel();
  if (!answer && late_) answer = unavailable("no answer within " + duration_text(options_.timeout));
  co_return answer;
}

Task<Result<Response>> Poster::try_post(const std::string& message) {
  heard_ = false;
  if (!channel_) {
    Result<void> connected = co_await connect();
    if (!connected) {
      drop();
      co_return connected.error();
    }
  }
  Result<void> written = co_await write(message);
  // Whoever refuses may answer before it has read all, and end.
  Result<Response> answer = co_await read();
  if (!answer && !written) answer = written.error();
  if (!answer || !answer.value().keep_alive || !written) drop();
  co_return answer;
}

Task<Result<void>> Poster::connect() {
  const std::string port = std::to_string(url_.endpoint.port);
  auto [unresolved, found] = co_await resolver_.async_resolve(url_.endpoint.host, port, as_result);
  if (unresolved) co_return unavailable("cannot resolve the name: " + unresolved.message());
  if (late_ || stopped_) co_return unavailable("the name took too long to resolve");
  received_.clear();
  channel_.emplace(context_);
  auto [refused, where] = co_await net::async_connect(channel_->socket(), found, as_result);
  if (refused) co_return unavailable("cannot connect: " + refused.message());
  error_code ignored;
  channel_->socket().set_option(tcp::no_delay{true}, ignored);
  if (!url_.tls) co_return success();
  Result<tls::Context> context = context_of(options_);
  if (!context) co_return context.error();
  Result<void> secured = channel_->secure_as_client(context.value(), url_.endpoint.host, alpn_http);
  if (secured) secured = co_await channel_->handshake();
  if (!secured) co_return unavailable("no TLS: " + secured.error().message);
  co_return success();
}

Task<Result<void>> Poster::write(std::string_view message) {
  while (!message.empty()) {
    error_code error;
    message.remove_prefix(channel_->write_some(message, error));
    if (!error) continue;
    if (error != net::error::would_block) co_return unavailable("cannot send: " + error.message());
    const error_code waited = co_await channel_->writable();
    if (waited) co_return unavailable("cannot send: " + waited.message());
  }
  co_return success();
}

Task<Result<Response>> Poster::read() {
  ResponseReader reader;
  while (true) {
    Result<bool> whole = reader.take(received_);
    if (!whole) co_return whole.error();
    if (whole.value()) co_return reader.response();
    const bool more = co_await channel_->read_some(received_, read_size);
    heard_ = heard_ || !received_.empty();
    if (more) continue;
    co_return unavailable("the connection ended without a whole answer");
  }
}

// The timer's handler may be on its way when the request ends: it looks whose turn it is.
void Poster::set_deadline() {
  late_ = false;
  deadline_.expires_after(options_.timeout);
  deadline_.async_wait([this, turn = turn_](const error_code& error) {
    if (error || turn != turn_) return;
    late_ = true;
    resolver_.cancel();
    if (channel_) channel_->close();
  });
}

void Poster::drop() { channel_.reset(); }

void Poster::stop() {
  stopped_ = true;
  resolver_.cancel();
  if (channel_) channel_->close();
}

}  // namespace sobriety::collector::remote
