#include "collector/door/door.hpp"

#include "proto/runtime/log.hpp"

#include <mutex>
#include <unordered_map>
#include <variant>

namespace sobriety::collector {

class Door::Places : public std::enable_shared_from_this<Places> {
 public:
  explicit Places(const DoorLimits& limits) : limits_(limits) {}

  // A place for a connection from `address`; null where a limit is reached.
  std::shared_ptr<void> take(const net::ip::address& address) {
    const std::lock_guard lock{mutex_};
    std::size_t& of_address = by_address_[address];
    if (total_ >= limits_.connections || of_address >= limits_.connections_per_address) {
      if (of_address == 0) by_address_.erase(address);
      return nullptr;
    }
    ++total_;
    ++of_address;
    return {this, [self = shared_from_this(), address](void*) { self->give_back(address); }};
  }

 private:
  struct Hash {
    std::size_t operator()(const net::ip::address& address) const {
      return std::hash<std::string>{}(address.is_v4() ? address.to_v4().to_string()
                                                      : address.to_v6().to_string());
    }
  };

  void give_back(const net::ip::address& address) {
    const std::lock_guard lock{mutex_};
    --total_;
    if (--by_address_[address] == 0) by_address_.erase(address);
  }

  DoorLimits limits_;
  std::mutex
      mutex_;  // guards what follows; taken once at the begin and once at the end of a connection
  std::size_t total_ = 0;
  std::unordered_map<net::ip::address, std::size_t, Hash> by_address_;
};

namespace {

void report(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& problem) {
    spdlog::error("a connection ended by an exception: {}", problem.what());
  }
}

void refuse(tcp::socket& socket, DoorCounters& counters, const wire::Refusal& refusal) {
  counters.refused(refusal.reason);
  std::string bytes;
  wire::append(bytes, refusal);
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(net::buffer(bytes), ignored);
  socket.shutdown(tcp::socket::shutdown_both, ignored);
}

// What the bytes before a session are: not enough yet, a hello, or what is to be refused.
struct Greeting {
  wire::Hello hello;
  std::size_t size = 0;
};
using Greeted = std::variant<std::monostate, Greeting, wire::Refusal>;

Greeted read_greeting(std::string_view received, DoorCounters& counters) {
  // A hello is small: nobody has earned a bigger buffer yet.
  const auto frame = wire::next_frame(received, 4096);
  if (!frame) return refusal_of(frame.error());
  if (!frame.value()) return std::monostate{};
  counters.received(frame.value()->size);
  if (frame.value()->type != wire::FrameType::hello)
    return wire::Refusal{wire::RefusalReason::out_of_order, "the first frame must be a hello"};
  auto hello = wire::decode_hello(frame.value()->payload);
  if (!hello) return refusal_of(hello.error());
  return Greeting{std::move(hello.value()), frame.value()->size};
}

// A socket and whether its hello came too late. The deadline's handler shares it: it may have been
// queued already when the conversation ends.
struct Waiting {
  tcp::socket socket;
  bool late = false;
};

// An IPv4 address is the same one when it comes through an IPv6 socket.
net::ip::address plain(const net::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
  return address;
}

}  // namespace

void DoorThread::take_over(tcp::socket socket, wire::Hello hello, std::string received,
                           std::shared_ptr<void> place) {
  auto connection = std::make_unique<Connection>(std::move(socket), shared_, std::move(hello),
                                                 std::move(received));
  net::co_spawn(context_, serve(std::move(connection), std::move(place)), report);
}

Task<> DoorThread::serve(std::unique_ptr<Connection> connection,
                         [[maybe_unused]] std::shared_ptr<void> place) {
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

Door::Door(tcp::acceptor acceptor, DoorLimits limits, std::vector<DoorThread*> threads)
    : acceptor_(std::move(acceptor)),
      limits_(limits),
      threads_(std::move(threads)),
      places_(std::make_shared<Places>(limits)) {}

void Door::stop() {
  error_code ignored;
  acceptor_.close(ignored);
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
    error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) continue;
    const net::ip::address address = plain(remote.address());
    auto place = places_->take(address);
    if (!address.is_loopback() || !place) {
      const char* why = place ? "connections without TLS are accepted from this machine only"
                              : "too many connections";
      const wire::Refusal refusal{wire::RefusalReason::overloaded, why, std::chrono::seconds{30}};
      refuse(socket, thread.counters(), refusal);
      continue;
    }
    net::co_spawn(thread.context(), greet(std::move(socket), thread, std::move(place)), report);
  }
}

Task<> Door::greet(tcp::socket accepted, DoorThread& thread, std::shared_ptr<void> place) {
  // On `thread`, any of them: only the hello tells which thread owns the host.
  const auto waiting = std::make_shared<Waiting>(Waiting{std::move(accepted)});
  tcp::socket& socket = waiting->socket;
  net::steady_timer deadline{thread.context(), limits_.first_frame};
  deadline.async_wait([waiting](error_code stopped) {
    if (stopped) return;
    waiting->late = true;
    error_code ignored;
    waiting->socket.cancel(ignored);
  });
  std::string received;
  Greeted greeted;
  while (std::holds_alternative<std::monostate>(greeted)) {
    const bool more = co_await read_more(socket, received);
    if (!more) break;
    greeted = read_greeting(received, thread.counters());
  }
  deadline.cancel();
  const bool ended_early = std::holds_alternative<std::monostate>(greeted) && !received.empty();
  if (waiting->late)
    thread.counters().timed_out();
  else if (ended_early)
    thread.counters().truncated();
  if (const auto* refusal = std::get_if<wire::Refusal>(&greeted))
    refuse(socket, thread.counters(), *refusal);
  auto* greeting = std::get_if<Greeting>(&greeted);
  if (greeting == nullptr) co_return;

  received.erase(0, greeting->size);
  DoorThread& owner = *threads_[shard_of(greeting->hello.host, threads_.size())];
  error_code error;
  const auto protocol = socket.local_endpoint(error).protocol();
  const auto handle = socket.release(error);
  if (error) co_return;
  tcp::socket moved{owner.context(), protocol, handle};
  net::post(owner.context(), [&owner, moved = std::move(moved), hello = std::move(greeting->hello),
                              received = std::move(received), place = std::move(place)]() mutable {
    owner.take_over(std::move(moved), std::move(hello), std::move(received), std::move(place));
  });
}

}  // namespace sobriety::collector
