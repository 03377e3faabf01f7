#include "collector/door/connection.hpp"

#include "collector/fleet/account.hpp"
#include "proto/runtime/log.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sobriety::collector {

namespace {
constexpr std::size_t read_size = 1024;                // holds a batch of an ordinary host
constexpr std::chrono::seconds unavailable_pause{15};  // the longest between tries of the store

// Where a peer is; IPv4 as its mapped IPv6 form.
std::optional<policy::IpAddress> address_of(const tcp::socket& socket) {
  error_code ignored;
  const auto peer = socket.remote_endpoint(ignored).address();
  if (ignored) return std::nullopt;
  const auto address =
      peer.is_v4() ? net::ip::make_address_v6(net::ip::v4_mapped, peer.to_v4()) : peer.to_v6();
  return address.to_bytes();
}
}  // namespace

Task<bool> read_more(Channel& channel, std::string& buffer) {
  return channel.read_some(buffer, std::max(read_size, wire::bytes_missing(buffer)));
}

void refuse(Channel& channel, DoorCounters& counters, const wire::Refusal& refusal) {
  counters.refused(refusal.reason);
  std::string bytes;
  wire::append(bytes, refusal);
  error_code ignored;
  channel.write_some(bytes, ignored);
  channel.shutdown_send();
  channel.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

Connection::Connection(Newcomer newcomer, ShardThread thread)
    : channel_(std::move(newcomer.channel)),
      place_(std::move(newcomer.place)),
      peer_(std::move(newcomer.peer)),
      thread_(thread),
      host_(thread.shard.introduce(
          newcomer.hello, thread.replay != nullptr ? newcomer.hello.wall : thread.clock.now().wall,
          Steady::now())),
      received_(std::move(newcomer.received)),
      sender_(channel_, max_unsent),
      deadline_(Steady::now() + idle_deadline()) {
  host_.session = this;
  if (const auto address = address_of(channel_.socket())) thread_.shard.locate(host_, *address);
  thread_.counters.opened();
  session_.resume(host_.applied.seq);
  error_code ignored;
  channel_.socket().set_option(tcp::no_delay{true}, ignored);
  std::string welcome;
  wire::append(welcome, wire::Welcome{host_.committed(), thread_.clock.now().wall});
  send(welcome);
}

Connection::~Connection() {
  if (host_.session == this) host_.session = nullptr;
  thread_.counters.closed();
}

Task<> Connection::run() {
  while (!closed_) {
    if (!take_frames()) break;
    const bool more = co_await read_more(channel_, received_);
    if (more) continue;
    if (in_frame_ && !closed_) thread_.counters.truncated();
    break;
  }
  close();
  co_await sender_.settle();
}

// All whole frames in received_; false ends the connection.
bool Connection::take_frames() {
  std::size_t taken = 0;
  bool go_on = true;
  while (go_on) {
    const auto rest = std::string_view{received_}.substr(taken);
    const auto frame = wire::next_frame(rest);
    if (!frame) {
      refuse(refusal_of(frame.error()));
      return false;
    }
    if (!frame.value()) break;
    taken += frame.value()->size;
    thread_.counters.received(frame.value()->size);
    go_on = take(*frame.value());
  }
  received_.erase(0, taken);
  if (received_.empty() && received_.capacity() > 4 * read_size) std::string{}.swap(received_);
  // A frame that has begun must end soon, however slowly its bytes drip in.
  const bool in_frame = !received_.empty();
  if (in_frame && (taken > 0 || !in_frame_)) begun_ = Steady::now();
  deadline_ = in_frame ? frame_due() : Steady::now() + idle_deadline();
  in_frame_ = in_frame;
  return go_on;
}

Steady::time_point Connection::frame_due() const {
  const std::uint64_t size = received_.size() + wire::bytes_missing(received_);
  const std::chrono::seconds at_min_rate{size / thread_.min_rate.count()};
  return begun_ + std::max(frame_deadline, at_min_rate);
}

bool Connection::take(const wire::Frame& frame) {
  Step step = session_.take(frame, thread_.codec, thread_.batch);
  const bool changes =
      std::holds_alternative<NextBatch>(step) || std::holds_alternative<Skipped>(step);
  if (changes && !thread_.commit.takes_more(Steady::now()))
    step = wire::Refusal{wire::RefusalReason::unavailable, "nothing can be stored at the moment",
                         unavailable_pause};
  if (std::holds_alternative<NextBatch>(step)) {
    take_batch();
  } else if (std::holds_alternative<DuplicateBatch>(step)) {
    thread_.counters.duplicate();
    thread_.commit.touch(host_);
  } else if (auto* inventory = std::get_if<NewInventory>(&step)) {
    thread_.shard.adopt(host_, inventory->inventory);
  } else if (auto* skipped = std::get_if<Skipped>(&step)) {
    skip(host_, skipped->last_seq, skipped->acknowledged);
    thread_.counters.gap();
    host_.last_arrival = Steady::now();
    thread_.commit.touch(host_);
  } else if (auto* bye = std::get_if<wire::Goodbye>(&step)) {
    spdlog::debug("host {} says goodbye: {}", host_.name, wire::to_string(bye->reason));
    thread_.shard.goodbye(host_, bye->reason);
    thread_.commit.touch(host_);
  } else if (auto* refusal = std::get_if<wire::Refusal>(&step)) {
    refuse(*refusal);
    return false;
  }
  return true;
}

void Connection::take_batch() {
  if (thread_.replay != nullptr) thread_.replay->observe(thread_.batch.times.back().wall);
  const Oddities odd = apply(host_, thread_.batch, thread_.clock.now().wall, thread_.points);
  host_.last_arrival = Steady::now();
  thread_.counters.batch(thread_.batch.times.size());
  if (odd.implausible_times > 0) thread_.counters.implausible_times(odd.implausible_times);
  if (odd.clock_steps > 0) thread_.counters.clock_steps(odd.clock_steps);
  thread_.commit.touch(host_);
}

void Connection::committed(std::uint64_t seq) {
  std::string ack;
  wire::append(ack, wire::Ack{seq});
  send(ack);
}

void Connection::superseded() {
  refuse({wire::RefusalReason::superseded, "this host connected again"});
}

void Connection::refuse(const wire::Refusal& refusal) {
  if (closed_) return;
  thread_.counters.refused(refusal.reason);
  spdlog::warn("host {}: connection ended: {} ({})", host_.name, refusal.message,
               wire::to_string(refusal.reason));
  std::string bytes;
  wire::append(bytes, refusal);
  send(bytes);
  close();
}

void Connection::check_deadline(Steady::time_point now) {
  if (closed_ || now < deadline_) return;
  thread_.counters.timed_out();
  spdlog::info("host {}: connection ended: {}", host_.name,
               !in_frame_ ? "nothing came for three report intervals" : "a frame came too slowly");
  close();
}

void Connection::send(const std::string& bytes) {
  // An agent that does not read its acks will come back and ask again.
  if (!closed_ && !sender_.send(bytes)) close();
}

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  channel_.shutdown_send();
  channel_.cancel();
}

}  // namespace sobriety::collector
