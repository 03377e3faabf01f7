// What the lines of many hosts cost, in this process and on this thread: each piece as a scrape
// takes it, without HTTP.
//   expose_bench [HOSTS [ROUNDS]]     prints a JSON object; by default 10000 hosts, 20 times
// Beside it, bare_format of build/bench formats lines of the same length and nothing else.
#include "collector/expose/host_writer.hpp"
#include "collector/fleet/account.hpp"
#include "collector/fleet/shard.hpp"
#include "tests/support/machine.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

using namespace sobriety;
using namespace sobriety::collector;
using namespace std::chrono_literals;

constexpr std::size_t piece_bytes = 512 * 1024;  // of a scrape

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// A desktop with a meter: 14 signals, of which the account makes more.
Inventory desktop() {
  const auto of = [](SignalId id, const char* instance) {
    return Series{id, instance, EnergyScope::none, ""};
  };
  return test::inventory_of(
      {test::cpu("user"), test::cpu("system"), test::cpu("idle"), test::wall_meter(),
       test::meter("package-0", EnergyScope::cpu, "bmc"), of(SignalId::network_bytes, "receive"),
       of(SignalId::network_bytes, "transmit"), of(SignalId::disk_bytes, "read"),
       of(SignalId::disk_bytes, "write"), of(SignalId::temperature, "package-0"),
       of(SignalId::agent_cpu, ""), of(SignalId::agent_resident, ""),
       of(SignalId::sessions, "local"), of(SignalId::source_status, "cpu")});
}

// `value` grows by the host, so that numbers have all lengths.
Batch two_samples(std::size_t host) {
  const auto value = static_cast<Cell>(host);
  const std::vector<Cell> first(14, 0);
  const std::vector<Cell> last{value * 7919,
                               value * 104'729,
                               12'000,
                               value * 1'299'709,
                               value * 7'368'787,
                               value * 15'485,
                               value,
                               value * 331,
                               value * 77,
                               45'000 + value % 9'000,
                               value * 101,
                               9'000'000 + value,
                               value % 3,
                               0};
  return test::batch_of(1, {{10s, first}, {40s, last}});
}

void add_hosts(Shard& shard, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    wire::Hello hello = test::hello_of(1, 1, "desktop-" + std::to_string(100'000 + i));
    std::memcpy(hello.host.bytes.data(), &i, sizeof i);
    Host& host = shard.introduce(hello, test::boot_wall, Steady::time_point{});
    shard.adopt(host, desktop());
    apply(host, two_samples(i), test::arrival);
    publish(host, host.pending->row, host.layout);
  }
}

std::size_t write_all(HostsPiece& piece, const std::deque<Host>& hosts, std::size_t& lines) {
  piece.family = piece.at = 0;
  std::size_t bytes = 0;
  lines = 0;
  while (!piece.done()) {
    write_piece(piece, hosts, piece_bytes, {});
    bytes += piece.text.size();
    lines += static_cast<std::size_t>(std::count(piece.text.begin(), piece.text.end(), '\n'));
  }
  return bytes;
}

}  // namespace

int main(int count, char** values) {
  const auto hosts = count > 1 ? std::strtoul(values[1], nullptr, 10) : 10'000;
  const auto rounds = count > 2 ? std::strtoul(values[2], nullptr, 10) : 20;
  Names names;
  Shard shard{names, 3};
  add_hosts(shard, hosts);
  HostsPiece piece;
  std::size_t lines = 0;
  std::size_t bytes = write_all(piece, shard.hosts(), lines);
  const double begin = cpu_seconds();
  for (std::size_t i = 0; i < rounds; ++i) {
    piece.family = piece.at = 0;
    while (!piece.done()) write_piece(piece, shard.hosts(), piece_bytes, {});
  }
  const double spent = (cpu_seconds() - begin) / static_cast<double>(rounds);
  std::printf(
      "{\"hosts\": %zu, \"lines\": %zu, \"bytes\": %zu, \"cpu_s\": %.6f, "
      "\"mb_per_cpu_s\": %.1f, \"ns_per_line\": %.1f}\n",
      static_cast<std::size_t>(hosts), lines, bytes, spent,
      static_cast<double>(bytes) / 1e6 / spent, spent * 1e9 / static_cast<double>(lines));
}
