// SPDX-License-Identifier: Apache-2.0
// The least that an exposition can cost: lines of the same length, cached prefix + to_chars, one
// host after the other.
//   bare_format [--hosts 1000] [--lines 50] [--line-bytes 90] [--rounds 20]     prints a JSON
//   object
#include "arguments.hpp"

#include <charconv>
#include <cinttypes>
#include <cstring>
#include <ctime>

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

int main(int count, char** values) {
  const bench::Arguments arguments{count, values};
  const auto hosts = arguments.number("hosts", 1000);
  const auto lines = arguments.number("lines", 50);
  const auto line_bytes = arguments.number("line-bytes", 90);
  const auto rounds = arguments.number("rounds", 20);

  constexpr std::size_t value_bytes = 24;
  const std::string prefix(line_bytes > value_bytes ? line_bytes - 14 : 10, 'x');
  std::vector<char> text(1 << 20);
  std::uint64_t written = 0;
  std::uint64_t sum = 0;
  const double begin = cpu_seconds();
  for (std::uint64_t round = 0; round < rounds; ++round) {
    char* at = text.data();
    for (std::uint64_t host = 0; host < hosts; ++host) {
      for (std::uint64_t line = 0; line < lines; ++line) {
        if (text.data() + text.size() - at <
            static_cast<std::ptrdiff_t>(prefix.size() + value_bytes + 2)) {
          written += static_cast<std::uint64_t>(at - text.data());
          sum += static_cast<unsigned char>(text[written % 1000]);
          at = text.data();
        }
        std::memcpy(at, prefix.data(), prefix.size());
        at += prefix.size();
        const auto value = static_cast<double>(host * 7919 + line * 104729 + round) * 0.001;
        at = std::to_chars(at, at + value_bytes, value).ptr;
        *at++ = '\n';
      }
    }
    written += static_cast<std::uint64_t>(at - text.data());
    sum += static_cast<unsigned char>(text[0]);
  }
  const double spent = cpu_seconds() - begin;
  std::printf("{\"bytes\": %" PRIu64 ", \"cpu_s\": %.6f, \"mb_per_cpu_s\": %.1f, \"sum\": %" PRIu64
              "}\n",
              written, spent, static_cast<double>(written) / 1e6 / spent, sum);
}
