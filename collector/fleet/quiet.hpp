// Whether a host did nothing worth its power over some time: a bucket is quiet when every signal
// that the host has is below its limit. Pure.
#pragma once

#include "collector/policy/thresholds.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sobriety::collector {

enum class Sign : std::uint8_t { cpu, network, disk, gpu, sessions, inhibitors };
inline constexpr std::size_t sign_count = 6;

[[nodiscard]] constexpr std::string_view to_string(Sign sign) {
  constexpr std::array<std::string_view, sign_count> names{"cpu", "network",  "disk",
                                                           "gpu", "sessions", "inhibitors"};
  return names[static_cast<std::size_t>(sign)];
}

// A set of signs.
class Signs {
 public:
  constexpr void add(Sign sign) { bits_ |= bit(sign); }
  [[nodiscard]] constexpr bool has(Sign sign) const { return (bits_ & bit(sign)) != 0; }
  [[nodiscard]] constexpr bool only_cpu() const { return bits_ == bit(Sign::cpu); }
  constexpr bool operator==(const Signs&) const = default;

  // For storing: a bit a sign.
  [[nodiscard]] constexpr std::uint8_t bits() const { return bits_; }
  [[nodiscard]] static constexpr Signs of_bits(std::uint8_t bits) {
    Signs signs;
    signs.bits_ = bits;
    return signs;
  }

 private:
  [[nodiscard]] static constexpr std::uint8_t bit(Sign sign) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(sign));
  }
  std::uint8_t bits_ = 0;
};

// Means over a bucket. What the host does not tell is empty.
struct BucketLoad {
  std::optional<double> cores;     // processors busy
  double processors = 1;           // of so many
  std::optional<double> received;  // B/s, by physical interfaces
  std::optional<double> sent;      // B/s, without the agent's own
  std::optional<double> disk;      // B/s, read and written
  std::optional<double> gpu;       // share of the busiest
  // The newest that is known of people:
  std::optional<bool> sessions_idle;       // all are, or none is there
  std::optional<unsigned> remote;          // sessions over the network
  std::chrono::minutes sessions_quiet{0};  // since sessions_idle was last false
  std::optional<unsigned> inhibitors;      // programs that forbid the machine to sleep

  [[nodiscard]] double busy_share() const { return *cores / processors; }
};

// The signs that a load has.
[[nodiscard]] Signs signs_of(const BucketLoad& load);

// Needs the CPU's sign. `personal`: people sit before the machine, and their sessions count.
[[nodiscard]] bool is_quiet(const BucketLoad& load, const policy::QuietLimits& limits,
                            const policy::IdleRule& rule, bool personal);

}  // namespace sobriety::collector
