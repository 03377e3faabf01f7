// SPDX-License-Identifier: Apache-2.0
// A fleet of hosts that each run collectd: its binary network protocol over UDP, one datagram a
// host-sample of 20 values (cpu: 16, uptime: 1, load: 3), as collectd itself writes them. Paced,
// since UDP drops what is not read.
//   collectd_load --port P --hosts N [--rate 2000] [--samples TOTAL]     prints what it sent as a
//   JSON object
// Protocol: part = type (16 bits), length (16 bits, header included), content; integers big-endian,
// gauges little-endian doubles, strings with their NUL. Times are in 2^-30 s.
#include "arguments.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cinttypes>
#include <cstring>
#include <ctime>

namespace {

enum class Part : std::uint16_t {
  host = 0x0000,
  plugin = 0x0002,
  plugin_instance = 0x0003,
  type = 0x0004,
  type_instance = 0x0005,
  values = 0x0006,
  time = 0x0008,
  interval = 0x0009,
};
enum class ValueKind : std::uint8_t { gauge = 1, derive = 2 };

class Datagram {
 public:
  void clear() { bytes_.clear(); }
  const std::string& bytes() const { return bytes_; }

  void text(Part part, std::string_view value) {
    header(part, value.size() + 1);
    bytes_.append(value).push_back('\0');
  }

  void number(Part part, std::uint64_t value) {
    header(part, 8);
    big_endian(value, 8);
  }

  void derive(std::uint64_t value) {
    header(Part::values, 2 + 1 + 8);
    big_endian(1, 2);
    bytes_.push_back(static_cast<char>(ValueKind::derive));
    big_endian(value, 8);
  }

  template <std::size_t count>
  void gauges(const std::array<double, count>& values) {
    header(Part::values, 2 + count * 9);
    big_endian(count, 2);
    bytes_.append(count, static_cast<char>(ValueKind::gauge));
    for (const double value : values) {
      const auto bits = std::bit_cast<std::uint64_t>(value);
      for (unsigned shift = 0; shift < 64; shift += 8)
        bytes_.push_back(static_cast<char>(bits >> shift & 0xff));
    }
  }

 private:
  void header(Part part, std::size_t content) {
    big_endian(static_cast<std::uint64_t>(part), 2);
    big_endian(content + 4, 2);
  }

  void big_endian(std::uint64_t value, unsigned width) {
    for (unsigned shift = width * 8; shift != 0; shift -= 8)
      bytes_.push_back(static_cast<char>(value >> (shift - 8) & 0xff));
  }

  std::string bytes_;
};

double now_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::uint64_t collectd_time(double seconds) {
  return static_cast<std::uint64_t>(seconds * 1073741824.0);
}

void write_sample(Datagram& datagram, std::uint64_t host, std::uint64_t tick) {
  static constexpr std::array modes{"user", "nice",      "system",  "idle",
                                    "wait", "interrupt", "softirq", "steal"};
  std::array<char, 32> name;
  std::snprintf(name.data(), name.size(), "bench-%06" PRIu64, host);
  datagram.clear();
  datagram.text(Part::host, name.data());
  datagram.number(Part::time, collectd_time(now_seconds(CLOCK_REALTIME)));
  datagram.number(Part::interval, collectd_time(60));
  datagram.text(Part::plugin, "cpu");
  datagram.text(Part::type, "cpu");
  for (const auto* cpu : {"0", "1"}) {
    datagram.text(Part::plugin_instance, cpu);
    for (std::size_t mode = 0; mode < modes.size(); ++mode) {
      datagram.text(Part::type_instance, modes[mode]);
      datagram.derive(host * 1000 + tick * (mode + 1) * 13);
    }
  }
  datagram.text(Part::plugin, "uptime");
  datagram.text(Part::plugin_instance, "");
  datagram.text(Part::type, "uptime");
  datagram.text(Part::type_instance, "");
  datagram.gauges(std::array{static_cast<double>(1000 + tick)});
  datagram.text(Part::plugin, "load");
  datagram.text(Part::type, "load");
  datagram.gauges(std::array{0.25, 0.5, 0.75});
}

}  // namespace

int main(int count, char** values) {
  const bench::Arguments arguments{count, values};
  const auto port = arguments.number("port", 25826);
  const auto hosts = arguments.number("hosts", 1000);
  const auto rate = static_cast<double>(arguments.number("rate", 2000));
  const auto samples = arguments.number("samples", hosts);

  const int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("connect");
    return 1;
  }
  Datagram datagram;
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;
  std::uint64_t bytes = 0;
  const double begin = now_seconds(CLOCK_MONOTONIC);
  while (sent < samples) {
    const auto due = static_cast<std::uint64_t>((now_seconds(CLOCK_MONOTONIC) - begin) * rate) + 1;
    // A burst after a pause of this process stays well below what a UDP socket buffers by default.
    for (unsigned burst = 0; sent < due && sent < samples && burst < 60; ++sent, ++burst) {
      write_sample(datagram, sent % hosts, sent / hosts);
      bytes += datagram.bytes().size();
      if (send(socket_fd, datagram.bytes().data(), datagram.bytes().size(), 0) < 0) ++refused;
    }
    const timespec pause{0, 5'000'000};
    nanosleep(&pause, nullptr);
  }
  close(socket_fd);
  std::printf("{\"host_samples\": %" PRIu64 ", \"values\": %" PRIu64 ", \"bytes\": %" PRIu64
              ", \"refused\": %" PRIu64 ", \"seconds\": %.3f}\n",
              sent, sent * 20, bytes, refused, now_seconds(CLOCK_MONOTONIC) - begin);
}
