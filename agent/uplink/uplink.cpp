#include "agent/uplink/uplink.hpp"

#include "proto/runtime/log.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/connect.hpp>

#include <algorithm>

namespace sobriety::agent {

namespace {
constexpr std::chrono::seconds connect_deadline{
    30};                                // to resolve, connect, shake hands and be welcomed
constexpr std::size_t read_size = 512;  // acks are of a dozen bytes

// The port is chosen at connect, so that one address serves as many connections as it can.
error_code bind_to(tcp::socket& socket, const net::ip::address& source) {
  error_code error;
  const tcp::endpoint where{source, 0};
  socket.open(where.protocol(), error);
  if (error) return error;
  const int on = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  socket.bind(where, error);
  return error;
}

Error broken(std::string what) { return {Errc::unavailable, std::move(what)}; }
}  // namespace

Uplink::Uplink(net::io_context& context, Endpoint collector, Identity identity, Spool& spool,
               const Clock& clock, DrainPace pace)
    : Uplink(context, std::move(collector), std::move(identity), spool, clock, pace, Security{}) {}

Uplink::Uplink(net::io_context& context, Endpoint collector, Identity identity, Spool& spool,
               const Clock& clock, DrainPace pace, Security security)
    : context_(context),
      collector_(std::move(collector)),
      identity_(std::move(identity)),
      spool_(spool),
      clock_(clock),
      pace_(pace),
      security_(std::move(security)),
      backoff_(std::random_device{}()),
      pause_(context),
      deadline_(context),
      next_pump_(context) {}

wire::Hello Uplink::hello(const Identity& identity, const StreamId& stream, const Instant& now) {
  wire::Hello hello{identity.host,    stream,   identity.host_name,
                    SOBRIETY_VERSION, now.wall, identity.report_interval};
  if (identity.boot) hello.clock = {*identity.boot, now.boottime};
  hello.machine = identity.machine;
  return hello;
}

bool Uplink::send(Live& live, const std::string& bytes) {
  if (bytes.empty()) return true;
  sent_bytes_ += bytes.size();
  return live.sender.send(bytes);
}

bool Uplink::pump(Live& live) {
  std::string out;
  const bool held_back = live.delivery.pump(out, pace_.allowance(DrainPace::Clock::now()));
  pace_.spend(out.size());
  if (held_back) {
    next_pump_.expires_after(DrainPace::pause);
    next_pump_.async_wait([this](error_code stopped) {
      if (!stopped) notify();
    });
  }
  return send(live, out);
}

void Uplink::aim(Endpoint collector, HostId host) {
  collector_ = std::move(collector);
  identity_.host = host;
}

void Uplink::hurry() {
  backoff_.succeeded();
  pause_.cancel();
}

void Uplink::notify() {
  if (live_ == nullptr || pump(*live_)) return;
  live_->channel.cancel();  // the reader ends the conversation
}

Task<> Uplink::run() {
  running_ = true;
  while (!stopping_) {
    std::chrono::milliseconds asked{0};
    if (!away_) {
      Live live{context_, spool_};
      const auto ended = co_await converse(live);
      live_ = nullptr;
      next_pump_.cancel();
      if (live.delivery.progressed()) backoff_.succeeded();
      asked = live.delivery.retry_after();
      live.channel.close();
      co_await live.sender.settle();
      if (stopping_) break;
      if (!ended && !away_ && ended.error().message != last_problem_) {
        last_problem_ = ended.error().message;
        spdlog::warn("collector {}: {}; samples wait, trying again", to_string(collector_),
                     last_problem_);
      }
    }
    if (away_)
      pause_.expires_at(net::steady_timer::time_point::max());
    else
      pause_.expires_after(backoff_.next(asked));
    co_await pause_.async_wait(as_result);
  }
  running_ = false;
}

void Uplink::end(Live& live) {
  live.ended = true;
  live.channel.shutdown_send();
  live.channel.close();  // also what is still connecting, which cannot be shut down
}

Task<Result<void>> Uplink::connect(Live& live) {
  tcp::resolver resolver{context_};
  const std::string port = std::to_string(collector_.port);
  auto [resolve_error, found] = co_await resolver.async_resolve(collector_.host, port, as_result);
  if (resolve_error) co_return broken("cannot resolve the name: " + resolve_error.message());
  if (live.ended) co_return broken("the name took too long to resolve");
  error_code error;
  if (identity_.source) {
    error = bind_to(live.channel.socket(), *identity_.source);
    if (error)
      co_return broken("cannot connect from " + identity_.source->to_string() + ": " +
                       error.message());
    const tcp::endpoint peer = found.begin()->endpoint();
    auto [failed] = co_await live.channel.socket().async_connect(peer, as_result);
    error = failed;
  } else {
    auto [failed, where] = co_await net::async_connect(live.channel.socket(), found, as_result);
    error = failed;
  }
  if (live.late) co_return broken("no connection within 30 s");
  if (error) co_return broken("cannot connect: " + error.message());
  error_code ignored;
  live.channel.socket().set_option(tcp::no_delay{true}, ignored);
  co_return success();
}

Task<Result<void>> Uplink::secure(Live& live, tls::Context context) {
  const std::string& name = security_.server_name.empty() ? collector_.host : security_.server_name;
  Result<void> done = live.channel.secure_as_client(context, name, wire::alpn_telemetry);
  if (done) done = co_await live.channel.handshake();
  if (live.late) co_return broken("no TLS within 30 s");
  if (!done) co_return broken("no TLS: " + done.error().message);
  co_return success();
}

Task<Result<void>> Uplink::converse(Live& live) {
  live_ = &live;
  deadline_.expires_after(connect_deadline);
  deadline_.async_wait([this](error_code stopped) {
    if (stopped || live_ == nullptr) return;
    live_->late = true;
    end(*live_);
  });
  struct StopDeadline {
    net::steady_timer& timer;
    ~StopDeadline() { timer.cancel(); }
  } stop_deadline{deadline_};

  tls::Context context;
  if (security_.context) {
    auto made = security_.context();
    if (!made) co_return made.error();
    context = std::move(made.value());
  }
  const Result<void> connected = co_await connect(live);
  if (!connected) co_return connected;
  if (context) {
    const Result<void> secured = co_await secure(live, std::move(context));
    if (!secured) co_return secured;
  }
  std::string hello;
  wire::append(hello, Uplink::hello(identity_, spool_.stream(), clock_.now()));
  if (!send(live, hello)) co_return broken("the connection broke");

  std::string received;
  bool greeted = false;
  while (true) {
    const auto taken = take_frames(live, received);
    if (!taken) co_return taken;
    if (live.delivery.welcomed() && !greeted) {
      greeted = true;
      deadline_.cancel();
      last_problem_.clear();
      spdlog::info("connected to collector {}", to_string(collector_));
    }
    if (!pump(live)) co_return broken("the connection broke");
    const std::size_t most = std::max(read_size, wire::bytes_missing(received));
    const bool more = co_await live.channel.read_some(received, most);
    if (live.late) co_return broken("no welcome within 30 s");
    const std::string& why = live.channel.failure();
    if (!more)
      co_return broken(why.empty() ? "the connection was closed" : "the connection ended: " + why);
  }
}

Result<void> Uplink::take_frames(Live& live, std::string& received) {
  std::size_t taken = 0;
  while (true) {
    BOOST_OUTCOME_TRY(const auto frame, wire::next_frame(std::string_view{received}.substr(taken)));
    if (!frame) break;
    BOOST_OUTCOME_TRY(live.delivery.take(*frame));
    taken += frame->size;
  }
  received.erase(0, taken);
  return success();
}

// What is there is delivered, and the collector told that the silence is meant.
Task<> Uplink::leave(wire::GoodbyeReason reason, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (live_ != nullptr && !live_->delivery.settled() &&
         std::chrono::steady_clock::now() < until) {
    net::steady_timer pause{context_, std::chrono::milliseconds{20}};
    co_await pause.async_wait(as_result);
  }
  if (live_ == nullptr) co_return;
  std::string bye;
  wire::append(bye, wire::Goodbye{reason});
  static_cast<void>(send(*live_, bye));
}

Task<> Uplink::pause(wire::GoodbyeReason reason, std::chrono::milliseconds patience) {
  co_await leave(reason, patience);
  away_ = true;
  if (live_ != nullptr) end(*live_);
}

void Uplink::resume() {
  away_ = false;
  backoff_.succeeded();
  pause_.cancel();
}

Task<> Uplink::stop(wire::GoodbyeReason reason, std::chrono::milliseconds patience) {
  co_await leave(reason, patience);
  stopping_ = true;
  pause_.cancel();
  deadline_.cancel();
  if (live_ != nullptr) end(*live_);
  while (running_) {
    net::steady_timer pause{context_, std::chrono::milliseconds{5}};
    co_await pause.async_wait(as_result);
  }
}

}  // namespace sobriety::agent
