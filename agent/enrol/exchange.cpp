#include "agent/enrol/exchange.hpp"

#include "proto/runtime/channel.hpp"
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"

#include <boost/asio/connect.hpp>

#include <algorithm>

namespace sobriety::agent {

namespace {

constexpr std::chrono::seconds patience{30};  // a signature and a commit, behind a queue of others
constexpr std::size_t read_size = 4096;

Error unavailable(std::string what) { return {Errc::unavailable, std::move(what)}; }

// What is waited for, and that the time is over. The deadline's handler shares it: it may be queued
// already when the exchange ends.
struct Waiting {
  explicit Waiting(net::io_context& context) : channel(context) {}
  Channel channel;
  bool late = false;
};

Result<tls::Context> context_for(const IdentityFiles& files, const EnrolmentQuestion& question) {
  if (question.pin) return tls::client_context(tls::CaPin{*question.pin});
  return tls::client_context(tls::CaFile{files.ca}, tls::KeyFiles{files.certificate, files.key});
}

Task<Result<void>> connect(net::io_context& context, Waiting& waiting, const Endpoint& where) {
  tcp::resolver resolver{context};
  const std::string port = std::to_string(where.port);
  auto [unresolved, found] = co_await resolver.async_resolve(where.host, port, as_result);
  if (unresolved) co_return unavailable("cannot resolve the name: " + unresolved.message());
  if (waiting.late) co_return unavailable("the name took too long to resolve");
  auto [error, connected] = co_await net::async_connect(waiting.channel.socket(), found, as_result);
  if (error) co_return unavailable("cannot connect: " + error.message());
  co_return success();
}

Task<Result<void>> send(Channel& channel, std::string_view bytes) {
  while (!bytes.empty()) {
    error_code error;
    bytes.remove_prefix(channel.write_some(bytes, error));
    if (error == net::error::would_block) error = co_await channel.writable();
    if (error) co_return unavailable("the connection broke: " + error.message());
  }
  co_return success();
}

// The payload of the one frame that comes.
Task<Result<std::string>> receive(Channel& channel) {
  std::string received;
  while (true) {
    const auto frame = wire::next_frame(received, wire::max_enrolment);
    if (!frame) co_return frame.error();
    if (frame.value()) {
      const wire::Frame& whole = *frame.value();
      if (whole.type == wire::FrameType::enrol_reply) co_return std::string{whole.payload};
      if (whole.type == wire::FrameType::refusal) {
        const auto refusal = wire::decode_refusal(whole.payload);
        co_return unavailable("refused: " + (refusal ? refusal.value().message : "no reason"));
      }
      co_return fail(Errc::malformed, "the collector answered by a frame of another kind");
    }
    const std::size_t most = std::max(read_size, wire::bytes_missing(received));
    const bool more = co_await channel.read_some(received, most);
    if (!more)
      co_return unavailable(channel.failure().empty() ? "the connection was closed"
                                                      : "no TLS: " + channel.failure());
  }
}

Task<Result<std::string>> converse(net::io_context& context, Waiting& waiting, tls::Context secure,
                                   std::string server_name, EnrolmentQuestion question) {
  Channel& channel = waiting.channel;
  Result<void> done = co_await connect(context, waiting, question.collector);
  if (!done) co_return done.error();
  done = channel.secure_as_client(secure, server_name, wire::alpn_enrolment);
  if (!done) co_return done.error();
  done = co_await channel.handshake();
  if (!done) co_return unavailable("no TLS: " + done.error().message);
  std::string frame;
  wire::append_header(frame, wire::FrameType::enrol_request, question.request.size());
  frame += question.request;
  done = co_await send(channel, frame);
  if (!done) co_return done.error();
  Result<std::string> reply = co_await receive(channel);
  co_return reply;
}

}  // namespace

Task<Result<std::string>> ask_collector(net::io_context& context, IdentityFiles files,
                                        std::string server_name, EnrolmentQuestion question) {
  auto secure = context_for(files, question);
  if (!secure) co_return secure.error();
  if (server_name.empty()) server_name = question.collector.host;
  const auto waiting = std::make_shared<Waiting>(context);
  net::steady_timer deadline{context, patience};
  deadline.async_wait([waiting](error_code stopped) {
    if (stopped) return;
    waiting->late = true;
    waiting->channel.close();
  });
  Result<std::string> reply = co_await converse(context, *waiting, std::move(secure.value()),
                                                std::move(server_name), std::move(question));
  deadline.cancel();
  const bool late = waiting->late;
  waiting->channel.close();
  if (!reply && late) co_return unavailable("no answer within 30 s");
  co_return reply;
}

}  // namespace sobriety::agent
