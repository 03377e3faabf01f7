// sobriety-replay: plays a plan of tests/year/plan.py to a collector that runs with --replay, as
// the agents of its machines would have told it. Usage: sobriety-replay PLAN PORT [THREADS | steps]
#include "tests/year/life.hpp"

#include <atomic>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace sobriety;
using namespace sobriety::year;

// A word KEY=NUMBER behind a host's meter.
void read_more(Plan& plan, const std::string& word) {
  const auto equals = word.find('=');
  const std::string key = word.substr(0, equals);
  const auto value = equals == std::string::npos ? 0 : std::stoll(word.substr(equals + 1));
  if (key == "sessions")
    plan.sessions = value;
  else if (key == "inhibitors")
    plan.inhibitors = value;
  else if (key == "dropping")
    plan.dropping = value;
  else if (key == "interval")
    plan.report_interval = std::chrono::seconds{value};
  else
    throw std::runtime_error{plan.name + ": what is '" + word + "'?"};
}

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
      for (std::string word; words >> word;) read_more(plan, word);
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

void play(const std::vector<Plan>& plans, std::uint16_t port, unsigned threads) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> samples{0};
  std::atomic<bool> failed{false};
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < plans.size() && !failed; i = next++) {
        Life life{plans[i], port};
        life.live();
        samples += life.samples();
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

// All machines together: up to each time that standard input names, which is then said on standard
// output.
void play_in_steps(const std::vector<Plan>& plans, std::uint16_t port) {
  std::vector<std::unique_ptr<Life>> lives;
  for (const Plan& plan : plans) lives.push_back(std::make_unique<Life>(plan, port));
  for (Seconds time = 0; std::cin >> time;) {
    for (const auto& life : lives) life->live_until(time);
    for (const auto& life : lives) life->settle();
    for (const auto& life : lives) life->turn(time);
    for (const auto& life : lives) life->settle();
    std::cout << time << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: sobriety-replay PLAN PORT [THREADS | steps]\n";
    return 2;
  }
  try {
    const auto plans = read_plans(argv[1]);
    const auto port = static_cast<std::uint16_t>(std::stoul(argv[2]));
    if (argc > 3 && std::string_view{argv[3]} == "steps")
      play_in_steps(plans, port);
    else
      play(plans, port, argc > 3 ? static_cast<unsigned>(std::stoul(argv[3])) : 8);
  } catch (const std::exception& error) {
    std::cerr << "sobriety-replay: " << error.what() << '\n';
    return 1;
  }
}
