#include "tests/year/life.hpp"

#include <algorithm>
#include <cstring>

namespace sobriety::year {

namespace {

constexpr Seconds minute = 60;
constexpr std::size_t most_samples = 500;  // of a batch

template <class SomeId>
SomeId id_of(const std::string& name) {
  SomeId id;
  std::uint64_t hash = 1469598103934665603ULL;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::memcpy(id.bytes.data(), &hash, sizeof hash);
  return id;
}

}  // namespace

void Life::live() {
  while (!over()) {
    begin();
    run(plan_.segments[current_].end);
    end();
  }
  leave();
}

void Life::live_until(Seconds time) {
  while (!over()) {
    begin();
    const Seconds ends = plan_.segments[current_].end;
    run(std::min(time, ends));
    if (time <= ends) break;
    end();
  }
  cut();
}

void Life::settle() {
  if (connection_) connection_->await_ack(seq_);
}

void Life::turn(Seconds time) {
  if (over() || plan_.segments[current_].end > time) return;
  end();
  if (!over()) begin();
}

void Life::begin() {
  if (begun_) return;
  begun_ = true;
  const Segment& segment = plan_.segments[current_];
  if (segment.what == "on") {
    if (machine_.running()) return;
    machine_.boot(segment.begin);
    arrive();
  } else if (segment.what == "dead") {
    leave();
  } else if (segment.what != "sleep") {
    if (segment.what == "off") say_goodbye();
    leave();
    machine_.halt();
  }
}

void Life::run(Seconds until) {
  const Segment& segment = plan_.segments[current_];
  if (segment.what != "on") return;
  for (Seconds at = machine_.now() + minute; at <= until; at += minute) {
    machine_.run(segment, at);
    if (samples_ == 0) machine_.begin_counting();
    take();
    // Who came or went is told at once, and not again before the end.
    if (at == segment.begin + minute) cut();
  }
}

void Life::end() {
  const Segment& segment = plan_.segments[current_];
  if (segment.what == "sleep") {
    machine_.sleep(segment.end);
    take();
  } else if (segment.what == "dead") {
    machine_.run_unread(segment, segment.end);
    arrive();
    take();
  }
  cut();
  ++current_;
  begun_ = false;
}

void Life::take() {
  machine_.sample(batch_);
  ++samples_;
  if (batch_.times.size() == most_samples) cut();
}

void Life::cut() {
  if (batch_.times.empty()) return;
  batch_.seq = ++seq_;
  batch_.inventory_hash = hash_;
  std::string frame;
  codec_.append(frame, batch_, columns_);
  connection_->send(frame);
  batch_ = {};
}

void Life::arrive() {
  wire::Hello hello;
  hello.host = id_of<HostId>(plan_.name);
  hello.stream = id_of<StreamId>(plan_.name);
  hello.host_name = plan_.name;
  hello.agent_version = SOBRIETY_VERSION;
  hello.wall = WallTime{std::chrono::seconds{machine_.now()}};
  hello.report_interval = plan_.report_interval;
  connection_ = std::make_unique<Connection>(port_, hello);
  const Inventory inventory = machine_.inventory();
  const auto encoded = wire::encode(inventory);
  hash_ = encoded.hash;
  columns_ = wire::ColumnPlan::of(inventory);
  connection_->send(encoded.frame);
}

void Life::say_goodbye() {
  if (!connection_) return;
  cut();
  std::string frame;
  wire::append(frame, wire::Goodbye{wire::GoodbyeReason::shutdown});
  connection_->send(frame);
}

void Life::leave() {
  if (!connection_) return;
  cut();
  connection_->await_ack(seq_);
  connection_->finish();
  connection_.reset();
}

}  // namespace sobriety::year
