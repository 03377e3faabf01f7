// SPDX-License-Identifier: Apache-2.0
// The least that a collector can cost: N connections on one epoll thread, one message received on
// each, one short answer sent back, nothing parsed. A second thread of the same process is the
// fleet; only the receiver is timed.
//   bare_receive [--connections 1000] [--bytes 200] [--answer 12] [--rate 2000] [--seconds 5]
//   prints a JSON object
#include "arguments.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cinttypes>
#include <cstring>
#include <ctime>
#include <thread>

namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Pair {
  int client;
  int server;
};

// One source address for every 20,000 connections: a source address has about 28,000 ports for one
// destination.
std::vector<Pair> connect_pairs(std::uint64_t wanted) {
  const int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(door, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(door, 1024) != 0)
    fail("listen");
  getsockname(door, reinterpret_cast<sockaddr*>(&address), &length);
  std::vector<Pair> pairs;
  for (std::uint64_t i = 0; i < wanted; ++i) {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0) fail("socket");
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 + static_cast<std::uint32_t>(i / 20'000));
    const int yes = 1;
    setsockopt(client, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &yes, sizeof yes);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind(client, reinterpret_cast<sockaddr*>(&source), sizeof source) != 0 ||
        connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      fail("connect");
    const int server = accept4(door, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (server < 0) fail("accept");
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    pairs.push_back({client, server});
  }
  close(door);
  return pairs;
}

// Sends a message on each connection in turn at the given rate, 100 bursts a second, and reads the
// answers.
void play_fleet(const std::vector<Pair>& pairs, std::size_t bytes, std::uint64_t rate,
                double seconds, std::atomic<bool>& over) {
  const std::vector<char> message(bytes, 'm');
  std::array<char, 4096> answer;
  const double begin = seconds_of(CLOCK_MONOTONIC);
  std::uint64_t sent = 0;
  while (seconds_of(CLOCK_MONOTONIC) - begin < seconds) {
    const auto due = static_cast<std::uint64_t>((seconds_of(CLOCK_MONOTONIC) - begin) *
                                                static_cast<double>(rate));
    for (; sent < due; ++sent) {
      const int client = pairs[sent % pairs.size()].client;
      while (recv(client, answer.data(), answer.size(), MSG_DONTWAIT) > 0) {
      }
      if (send(client, message.data(), message.size(), MSG_NOSIGNAL) < 0) fail("send");
    }
    const timespec pause{0, 10'000'000};
    nanosleep(&pause, nullptr);
  }
  over = true;
}

}  // namespace

int main(int count, char** values) {
  const bench::Arguments arguments{count, values};
  const auto connections = arguments.number("connections", 1000);
  const auto bytes = arguments.number("bytes", 200);
  const auto answer_bytes = arguments.number("answer", 12);
  const auto rate = arguments.number("rate", 2000);
  const auto seconds = static_cast<double>(arguments.number("seconds", 5));
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max = std::max<rlim_t>(files.rlim_max, 2 * connections + 100);
  setrlimit(RLIMIT_NOFILE, &files);

  const auto pairs = connect_pairs(connections);
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  for (const auto& pair : pairs) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = pair.server;
    epoll_ctl(poll, EPOLL_CTL_ADD, pair.server, &event);
  }
  const std::vector<char> answer(std::max<std::size_t>(answer_bytes, 1), 'a');
  std::array<char, 65536> buffer;
  std::array<epoll_event, 128> ready;
  std::atomic<bool> over = false;
  std::uint64_t messages = 0;
  const double begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  std::jthread fleet{[&] { play_fleet(pairs, bytes, rate, seconds, over); }};
  while (!over) {
    const int events = epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), 100);
    for (int i = 0; i < events; ++i) {
      const int server = ready[static_cast<std::size_t>(i)].data.fd;
      if (recv(server, buffer.data(), buffer.size(), 0) <= 0) continue;
      ++messages;
      if (answer_bytes != 0 && send(server, answer.data(), answer.size(), MSG_NOSIGNAL) < 0)
        fail("answer");
    }
  }
  const double spent = seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin;
  std::printf("{\"messages\": %" PRIu64 ", \"cpu_s\": %.6f, \"us_per_message\": %.2f}\n", messages,
              spent, spent * 1e6 / static_cast<double>(std::max<std::uint64_t>(messages, 1)));
}
