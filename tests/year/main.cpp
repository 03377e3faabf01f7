// sobriety-replay: plays a plan of tests/year/plan.py to a collector that runs with --replay, as
// the agents of its machines would have told it. Usage: sobriety-replay PLAN PORT [THREADS]
#include "proto/wire/batch_codec.hpp"
#include "tests/year/connection.hpp"
#include "tests/year/machine.hpp"

#include <atomic>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

using namespace sobriety;
using namespace sobriety::year;

constexpr Seconds minute = 60;
constexpr std::size_t most_samples = 500;  // of a batch

std::vector<Plan> read_plans(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw std::runtime_error{path + ": cannot be read"};
  std::vector<Plan> plans;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line};
    if (line.starts_with("host ")) {
      Plan plan;
      std::string host;
      words >> host >> plan.name >> plan.chassis >> plan.meter;
      plans.push_back(std::move(plan));
      continue;
    }
    Segment segment;
    words >> segment.begin >> segment.end >> segment.what >> segment.busy >> segment.load >>
        segment.milliwatts;
    if (!words || plans.empty()) throw std::runtime_error{path + ": cannot read '" + line + "'"};
    plans.back().segments.push_back(std::move(segment));
  }
  return plans;
}

template <class SomeId>
SomeId id_of(const std::string& name) {
  SomeId id;
  std::uint64_t hash = 1469598103934665603ULL;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::memcpy(id.bytes.data(), &hash, sizeof hash);
  return id;
}

// A machine and its agent.
class Life {
 public:
  Life(const Plan& plan, std::uint16_t port) : plan_(plan), port_(port), machine_(plan) {}

  std::uint64_t live() {
    for (const Segment& segment : plan_.segments) {
      if (segment.what == "on") {
        run(segment);
      } else if (segment.what == "sleep") {
        machine_.sleep(segment.end);
        take();
        cut();
      } else if (segment.what == "dead") {
        leave();
        machine_.run_unread(segment, segment.end);
        arrive();
        take();
        cut();
      } else {
        if (segment.what == "off") say_goodbye();
        leave();
        machine_.halt();
      }
    }
    leave();
    return samples_;
  }

 private:
  void run(const Segment& segment) {
    if (!machine_.running()) {
      machine_.boot(segment.begin);
      arrive();
    }
    for (Seconds at = segment.begin + minute; at <= segment.end; at += minute) {
      machine_.run(segment, at);
      if (samples_ == 0) machine_.begin_counting();
      take();
      // Who came or went is told at once, and not again before the end.
      if (at == segment.begin + minute) cut();
    }
    cut();
  }
  void take() {
    machine_.sample(batch_);
    ++samples_;
    if (batch_.times.size() == most_samples) cut();
  }
  void cut() {
    if (batch_.times.empty()) return;
    batch_.seq = ++seq_;
    batch_.inventory_hash = hash_;
    std::string frame;
    codec_.append(frame, batch_, columns_);
    connection_->send(frame);
    batch_ = {};
  }
  void arrive() {
    wire::Hello hello;
    hello.host = id_of<HostId>(plan_.name);
    hello.stream = id_of<StreamId>(plan_.name);
    hello.host_name = plan_.name;
    hello.agent_version = SOBRIETY_VERSION;
    hello.wall = WallTime{std::chrono::seconds{machine_.now()}};
    connection_ = std::make_unique<Connection>(port_, hello);
    const Inventory inventory = machine_.inventory();
    const auto encoded = wire::encode(inventory);
    hash_ = encoded.hash;
    columns_ = wire::ColumnPlan::of(inventory);
    connection_->send(encoded.frame);
  }
  void say_goodbye() {
    if (!connection_) return;
    cut();
    std::string frame;
    wire::append(frame, wire::Goodbye{wire::GoodbyeReason::shutdown});
    connection_->send(frame);
  }
  void leave() {
    if (!connection_) return;
    cut();
    connection_->await_ack(seq_);
    connection_->finish();
    connection_.reset();
  }

  const Plan& plan_;
  std::uint16_t port_;
  Machine machine_;
  std::unique_ptr<Connection> connection_;
  wire::BatchCodec codec_;
  wire::ColumnPlan columns_;
  std::uint64_t hash_ = 0;
  std::uint64_t seq_ = 0;
  std::uint64_t samples_ = 0;
  Batch batch_;
};

void play(const std::vector<Plan>& plans, std::uint16_t port, unsigned threads) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> samples{0};
  std::atomic<bool> failed{false};
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < plans.size() && !failed; i = next++) {
        samples += Life{plans[i], port}.live();
        std::cerr << "\r" << i + 1 << "/" << plans.size() << " machines" << std::flush;
      }
    } catch (const std::exception& error) {
      failed = true;
      std::cerr << "\nsobriety-replay: " << error.what() << '\n';
    }
  };
  std::vector<std::thread> pool;
  for (unsigned i = 0; i < threads; ++i) pool.emplace_back(work);
  for (std::thread& thread : pool) thread.join();
  if (failed) throw std::runtime_error{"not all was played"};
  std::cerr << '\n';
  std::cout << "{\"hosts\": " << plans.size() << ", \"samples\": " << samples << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: sobriety-replay PLAN PORT [THREADS]\n";
    return 2;
  }
  try {
    play(read_plans(argv[1]), static_cast<std::uint16_t>(std::stoul(argv[2])),
         argc > 3 ? static_cast<unsigned>(std::stoul(argv[3])) : 8);
  } catch (const std::exception& error) {
    std::cerr << "sobriety-replay: " << error.what() << '\n';
    return 1;
  }
}
