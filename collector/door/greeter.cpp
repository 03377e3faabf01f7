#include "collector/door/greeter.hpp"

#include "collector/door/door.hpp"
#include "proto/runtime/log.hpp"

#include <openssl/ssl.h>

#include <utility>
#include <variant>

namespace sobriety::collector {

using wire::Refusal;
using wire::RefusalReason;

// A connection without a session.
struct Greeter::Waiting {
  Channel channel;
  net::ip::address address;
  std::string received{};
  std::optional<tls::PeerCertificate> peer{};
  unsigned stage = 0;  // changes with each deadline that begins or ends
  bool late = false;   // one of them was missed
};

// Ends what the connection waits for when the time is over.
class Greeter::Deadline {
 public:
  Deadline(const Held& waiting, net::io_context& context, std::chrono::milliseconds time)
      : waiting_(*waiting), timer_(context, time) {
    // The handler may be queued already when the object goes: it must know that it is too late.
    timer_.async_wait([waiting, stage = ++waiting->stage](error_code stopped) {
      if (stopped || waiting->stage != stage) return;
      waiting->late = true;
      waiting->channel.cancel();
    });
  }
  ~Deadline() { ++waiting_.stage; }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  Waiting& waiting_;
  net::steady_timer timer_;
};

namespace {

// What the bytes before a session are: not enough yet, a hello, or what is to be refused.
struct Greeting {
  wire::Hello hello;
  std::size_t size = 0;
};
using Greeted = std::variant<std::monostate, Greeting, Refusal>;

Greeted read_greeting(std::string_view received) {
  // A hello is small: nobody has earned a bigger buffer yet.
  const auto frame = wire::next_frame(received, 4096);
  if (!frame) return refusal_of(frame.error());
  if (!frame.value()) return std::monostate{};
  if (frame.value()->type != wire::FrameType::hello)
    return Refusal{RefusalReason::out_of_order, "the first frame must be a hello"};
  auto hello = wire::decode_hello(frame.value()->payload);
  if (!hello) return refusal_of(hello.error());
  return Greeting{std::move(hello.value()), frame.value()->size};
}

// Likewise before an answer: the payload of a request.
using Asked = std::variant<std::monostate, std::string, Refusal>;

Asked read_asked(std::string_view received) {
  const auto frame = wire::next_frame(received, wire::max_enrolment);
  if (!frame) return refusal_of(frame.error());
  if (!frame.value()) return std::monostate{};
  if (frame.value()->type != wire::FrameType::enrol_request)
    return Refusal{RefusalReason::out_of_order, "the first frame must be a request"};
  return std::string{frame.value()->payload};
}

Task<> write_all(Channel& channel, std::string_view bytes) {
  error_code error;
  while (!bytes.empty()) {
    bytes.remove_prefix(channel.write_some(bytes, error));
    if (error && error != net::error::would_block) co_return;
    if (bytes.empty()) break;
    error = co_await channel.writable();
    if (error) co_return;
  }
}

}  // namespace

Greeter::Greeter(const GreetingLimits& limits, std::vector<DoorThread*> threads,
                 std::optional<DoorTls> tls)
    : limits_(limits),
      threads_(std::move(threads)),
      tls_(std::move(tls)),
      enrolment_rate_(limits.enrolments),
      enrolments_(std::make_shared<Places>(limits.enrolments_at_once, limits.enrolments_at_once)) {}

Task<> Greeter::greet(tcp::socket socket, net::ip::address address, DoorThread& thread,
                      std::shared_ptr<void> place, std::shared_ptr<void> handshake_place) {
  const auto self = shared_from_this();
  const auto waiting = std::make_shared<Waiting>(Waiting{Channel{std::move(socket)}, address});
  if (tls_) {
    const bool shaken = co_await shake_hands(waiting, thread);
    handshake_place.reset();
    if (!shaken) co_return;
    const Result<void> looked = look_at_certificate(*waiting);
    if (!looked) {
      if (may_log()) spdlog::warn("refused {}: {}", address.to_string(), looked.error().message);
      const Refusal refusal{RefusalReason::not_admitted, looked.error().message,
                            std::chrono::seconds{60}};
      refuse(waiting->channel, thread.counters(), refusal);
      co_return;
    }
    if (waiting->channel.protocol() == wire::alpn_enrolment) {
      co_await enrol(waiting, thread);
      co_return;
    }
  }
  auto hello = co_await read_hello(waiting, thread);
  if (!hello) co_return;
  if (waiting->peer && waiting->peer->host != hello->host) {
    spdlog::warn("refused {}: it calls itself host {} and shows the certificate of host {}",
                 address.to_string(), hello->host.hex(), waiting->peer->host.hex());
    const Refusal refusal{RefusalReason::wrong_identity,
                          "the hello names another host than the certificate"};
    refuse(waiting->channel, thread.counters(), refusal);
    co_return;
  }
  Newcomer newcomer{std::move(waiting->channel), std::move(*hello), std::move(waiting->received),
                    std::move(place), std::move(waiting->peer)};
  hand_over(std::move(newcomer));
}

Task<bool> Greeter::shake_hands(const Held& waiting, DoorThread& thread) {
  Channel& channel = waiting->channel;
  const Deadline deadline{waiting, thread.context(), limits_.handshake};
  Result<void> done = channel.secure_as_server(tls_->contexts->now());
  if (done) done = co_await channel.handshake();
  Handshake result = Handshake::completed;
  if (waiting->late)
    result = Handshake::late;
  else if (!done)
    result = failed_handshake(channel);
  thread.counters().handshake(result);
  if (result == Handshake::completed) co_return true;
  if (result != Handshake::left && may_log())
    spdlog::warn("no TLS with {}: {} ({})", waiting->address.to_string(),
                 waiting->late ? "it took too long" : done.error().message, to_string(result));
  co_return false;
}

// For telemetry the certificate decides; for enrolment it is part of the request.
Result<void> Greeter::look_at_certificate(Waiting& waiting) const {
  const X509* shown = ::SSL_get0_peer_certificate(waiting.channel.tls());
  const bool enrolling = waiting.channel.protocol() == wire::alpn_enrolment;
  if (shown == nullptr && enrolling) return success();
  if (shown == nullptr) return fail(Errc::denied, "no certificate was shown");
  BOOST_OUTCOME_TRY(waiting.peer, tls::peer_certificate(*shown));
  if (enrolling) return success();
  const WallTime now =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const Admission admission = tls_->gate.admit(*waiting.peer, now);
  if (admission == Admission::allowed) return success();
  return fail(Errc::denied, "the certificate of host " + waiting.peer->host.hex() + " is " +
                                std::string{to_string(admission)});
}

bool Greeter::came(const Waiting& waiting, bool whole, DoorThread& thread) {
  if (waiting.late)
    thread.counters().timed_out();
  else if (!whole && !waiting.received.empty())
    thread.counters().truncated();
  return whole && !waiting.late;
}

Task<std::optional<wire::Hello>> Greeter::read_hello(const Held& waiting, DoorThread& thread) {
  Greeted greeted;
  {
    const Deadline deadline{waiting, thread.context(), limits_.first_frame};
    while (std::holds_alternative<std::monostate>(greeted)) {
      const bool more = co_await read_more(waiting->channel, waiting->received);
      if (!more) break;
      greeted = read_greeting(waiting->received);
    }
  }
  if (!came(*waiting, !std::holds_alternative<std::monostate>(greeted), thread))
    co_return std::nullopt;
  if (const auto* refusal = std::get_if<Refusal>(&greeted)) {
    refuse(waiting->channel, thread.counters(), *refusal);
    co_return std::nullopt;
  }
  Greeting& greeting = std::get<Greeting>(greeted);
  thread.counters().received(greeting.size);
  waiting->received.erase(0, greeting.size);
  co_return std::move(greeting.hello);
}

Task<std::optional<std::string>> Greeter::read_request(const Held& waiting, DoorThread& thread) {
  Asked asked;
  {
    const Deadline deadline{waiting, thread.context(), limits_.first_frame};
    while (std::holds_alternative<std::monostate>(asked)) {
      const bool more = co_await read_more(waiting->channel, waiting->received);
      if (!more) break;
      asked = read_asked(waiting->received);
    }
  }
  if (!came(*waiting, !std::holds_alternative<std::monostate>(asked), thread))
    co_return std::nullopt;
  if (const auto* refusal = std::get_if<Refusal>(&asked)) {
    refuse(waiting->channel, thread.counters(), *refusal);
    co_return std::nullopt;
  }
  co_return std::move(std::get<std::string>(asked));
}

Task<> Greeter::enrol(const Held& waiting, DoorThread& thread) {
  const auto place = enrolments_->take(waiting->address);
  if (!place || !enrolment_rate_.allows(waiting->address, Steady::now())) {
    thread.counters().enrolment(false);
    const Refusal refusal{RefusalReason::overloaded, "too many requests for certificates",
                          std::chrono::seconds{60}};
    refuse(waiting->channel, thread.counters(), refusal);
    co_return;
  }
  auto request = co_await read_request(waiting, thread);
  if (!request) co_return;
  thread.counters().enrolment(true);
  const std::string reply = co_await tls_->enrolment->answer(
      std::move(*request), std::move(waiting->peer), waiting->address);
  std::string frame;
  wire::append_header(frame, wire::FrameType::enrol_reply, reply.size());
  frame += reply;
  const Deadline deadline{waiting, thread.context(), limits_.first_frame};
  co_await write_all(waiting->channel, frame);
  waiting->channel.shutdown_send();
}

void Greeter::hand_over(Newcomer newcomer) {
  DoorThread& owner = *threads_[shard_of(newcomer.hello.host, threads_.size())];
  auto moved = std::move(newcomer.channel).moved_to(owner.context());
  if (!moved) return;
  newcomer.channel = std::move(*moved);
  net::post(owner.context(),
            [self = shared_from_this(), &owner, newcomer = std::move(newcomer)]() mutable {
              self->begin_session(owner, std::move(newcomer));
            });
}

// On the owner's thread. The certificate may have been revoked since the handshake; from here on
// end_sessions_of() finds the connection.
void Greeter::begin_session(DoorThread& owner, Newcomer newcomer) {
  const WallTime now =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const bool admitted =
      !newcomer.peer || tls_->gate.admit(*newcomer.peer, now) == Admission::allowed;
  if (admitted) return owner.take_over(std::move(newcomer));
  const Refusal refusal{RefusalReason::not_admitted, "the certificate was revoked",
                        std::chrono::seconds{60}};
  refuse(newcomer.channel, owner.counters(), refusal);
}

// A line a second at most: whoever knocks must not fill the log.
bool Greeter::may_log() {
  const auto now = Steady::now().time_since_epoch();
  auto due = next_log_.load();
  const auto next = (now + std::chrono::seconds{1}).count();
  return now.count() >= due && next_log_.compare_exchange_strong(due, next);
}

}  // namespace sobriety::collector
