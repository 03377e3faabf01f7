#include "collector/door/door.hpp"

#include "proto/runtime/log.hpp"

#include <utility>

namespace sobriety::collector {

namespace {

void report(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& problem) {
    spdlog::error("a connection ended by an exception: {}", problem.what());
  }
}

}  // namespace

void DoorThread::take_over(Newcomer newcomer) {
  if (Host* host = shared_.shard.live_elsewhere(newcomer.hello)) {
    if (!std::exchange(host->cloned, true))
      spdlog::warn(
          "host {}: another machine comes with its identity and is not let in; if it is a copy of "
          "its disk, enrol it anew",
          host->name);
    const wire::Refusal refusal{wire::RefusalReason::quarantined,
                                "another machine is connected with this identity; if this one is a "
                                "copy of it, enrol it anew",
                                std::chrono::seconds{60}};
    refuse(newcomer.channel, shared_.counters, refusal);
    return;
  }
  auto connection = std::make_unique<Connection>(std::move(newcomer), shared_);
  net::co_spawn(context_, serve(std::move(connection)), report);
}

Task<> DoorThread::serve(std::unique_ptr<Connection> connection) {
  struct Listed {
    Listed(std::vector<Connection*>& list, Connection& entry) : open(list), connection(entry) {
      connection.position = open.size();
      open.push_back(&connection);
    }
    ~Listed() {  // also where run() throws
      open.back()->position = connection.position;
      open[connection.position] = open.back();
      open.pop_back();
    }
    std::vector<Connection*>& open;
    Connection& connection;
  };
  const Listed listed{open_, *connection};
  co_await connection->run();
}

void DoorThread::sweep(Steady::time_point now) {
  // A process that was stopped or starved has not read what agents sent meanwhile: it must not
  // blame them. They get the time until the next call.
  const bool late = last_sweep_ && now - *last_sweep_ > late_sweep;
  last_sweep_ = now;
  if (late) return;
  for (Connection* connection : open_) connection->check_deadline(now);
  shared_.shard.judge_silence(now);
}

void DoorThread::end_all() {
  const wire::Refusal stopping{wire::RefusalReason::shutting_down, "the collector is stopping"};
  for (Connection* connection : open_) connection->refuse(stopping);
}

void DoorThread::end_sessions_of(const PeerPredicate& is_one) {
  const wire::Refusal revoked{wire::RefusalReason::not_admitted, "the certificate was revoked",
                              std::chrono::seconds{60}};
  for (Connection* connection : open_)
    if (connection->peer() && is_one(*connection->peer())) connection->refuse(revoked);
}

Door::Door(tcp::acceptor acceptor, const DoorLimits& limits, std::vector<DoorThread*> threads,
           std::optional<DoorTls> tls)
    : acceptor_(std::move(acceptor)),
      threads_(std::move(threads)),
      places_(std::make_shared<Places>(limits.connections, limits.connections_per_address)),
      handshakes_(std::make_shared<Places>(limits.handshakes, limits.handshakes_per_address)),
      greeter_(std::make_shared<Greeter>(limits.greeting, threads_, std::move(tls))) {}

void Door::stop() {
  error_code ignored;
  acceptor_.close(ignored);
}

void Door::end_sessions_of(const PeerPredicate& is_one) {
  for (DoorThread* thread : threads_)
    net::post(thread->context(), [thread, is_one] { thread->end_sessions_of(is_one); });
}

Task<> Door::accept() {
  for (std::size_t turn = 0; acceptor_.is_open(); ++turn) {
    DoorThread& thread = *threads_[turn % threads_.size()];
    tcp::socket socket{thread.context()};
    auto [error] = co_await acceptor_.async_accept(socket, as_result);
    if (!acceptor_.is_open()) co_return;
    if (error) {
      spdlog::warn("cannot accept a connection: {}; if descriptors ran out, raise LimitNOFILE",
                   error.message());
      net::steady_timer pause{acceptor_.get_executor(), std::chrono::milliseconds{100}};
      co_await pause.async_wait(as_result);
      continue;
    }
    take_in(std::move(socket), thread);
  }
}

void Door::take_in(tcp::socket socket, DoorThread& thread) {
  error_code gone;
  const auto remote = socket.remote_endpoint(gone);
  if (gone) return;
  const net::ip::address address = without_mapping(remote.address());
  const bool plain = !greeter_->speaks_tls();
  auto place = places_->take(address);
  if (!place || (plain && !address.is_loopback())) {
    const wire::Refusal refusal{
        wire::RefusalReason::overloaded,
        place ? "plain connections are accepted from this machine only" : "too many connections",
        std::chrono::seconds{30}};
    // Under TLS there is nobody yet whom the reason could be told.
    Channel channel{std::move(socket)};
    if (plain)
      refuse(channel, thread.counters(), refusal);
    else
      thread.counters().refused(refusal.reason);
    return;
  }
  auto handshake_place = plain ? nullptr : handshakes_->take(address);
  if (!plain && !handshake_place) return thread.counters().handshake(Handshake::overloaded);
  auto greeting = greeter_->greet(std::move(socket), address, thread, std::move(place),
                                  std::move(handshake_place));
  net::co_spawn(thread.context(), std::move(greeting), report);
}

}  // namespace sobriety::collector
