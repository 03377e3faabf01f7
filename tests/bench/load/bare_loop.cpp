// SPDX-License-Identifier: Apache-2.0
// The least that an agent can cost: files kept open, read whole with pread once an interval, and
// nothing else.
//   bare_loop [--interval-ms 1000] FILE...
#include "arguments.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <vector>

namespace {

std::array<char, 65536> buffer;

void read_whole(int file) {
  off_t at = 0;
  for (;;) {
    const auto got = pread(file, buffer.data(), buffer.size(), at);
    if (got <= 0) return;
    at += got;
  }
}

void add_milliseconds(timespec& due, long milliseconds) {
  due.tv_nsec += milliseconds % 1000 * 1'000'000;
  due.tv_sec += milliseconds / 1000 + due.tv_nsec / 1'000'000'000;
  due.tv_nsec %= 1'000'000'000;
}

}  // namespace

int main(int count, char** values) {
  const bench::Arguments arguments{count, values};
  const auto interval = static_cast<long>(arguments.number("interval-ms", 1000));
  std::vector<int> files;
  for (const auto& path : arguments.plain()) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
      std::perror(path.c_str());
    else
      files.push_back(file);
  }
  timespec due{};
  clock_gettime(CLOCK_MONOTONIC, &due);
  for (;;) {
    for (const int file : files) read_whole(file);
    add_milliseconds(due, interval);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr);
  }
}
