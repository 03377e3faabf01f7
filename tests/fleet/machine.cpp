#include "tests/fleet/machine.hpp"

#include <array>
#include <cstdio>

namespace sobriety::simulation {

namespace {

using std::chrono::milliseconds;

// Off/idle/full power as in the project's profiles: rack server 110/370 W, small server 60/150 W,
// desktop 25/80 W, laptop 8/28 W.
constexpr std::array profiles{
    Profile{Kind::server, "server", 110'000, 370'000, 32, 128ULL << 30, false},
    Profile{Kind::idle_server, "server", 60'000, 150'000, 8, 32ULL << 30, false},
    Profile{Kind::desktop, "desktop", 25'000, 80'000, 8, 16ULL << 30, true},
    Profile{Kind::left_on_desktop, "desktop", 25'000, 80'000, 8, 16ULL << 30, false},
    Profile{Kind::laptop, "laptop", 8'000, 28'000, 8, 16ULL << 30, true},
};

// A fleet is 20 % servers, 5 % idle ones, 35 % desktops, 15 % desktops left on, 25 % laptops.
const Profile& profile_of(std::uint64_t draw) {
  constexpr std::array<std::uint64_t, profiles.size()> upper{20, 25, 60, 75, 100};
  const std::uint64_t percent = draw % 100;
  for (std::size_t i = 0; i < upper.size(); ++i)
    if (percent < upper[i]) return profiles[i];
  return profiles.back();
}

// SplitMix64 (S. Vigna, 2015, public domain): a well mixed 64-bit number of any number.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

constexpr std::array modes{"user", "nice",    "system", "idle",  "iowait",
                           "irq",  "softirq", "steal",  "guest", "guest_nice"};

struct Moment {
  std::uint64_t day;
  std::uint32_t weekday;  // 0 = Monday
  std::uint32_t minute;   // of the day
};
Moment moment_of(WallTime time) {
  const auto minutes = static_cast<std::uint64_t>(time.time_since_epoch().count()) / 60'000;
  const std::uint64_t day = minutes / 1440;
  return {day, static_cast<std::uint32_t>((day + 3) % 7),
          static_cast<std::uint32_t>(minutes % 1440)};  // 1970-01-01: Thursday
}

}  // namespace

std::string_view to_string(Kind kind) {
  constexpr std::array<std::string_view, profiles.size()> names{"server", "idle_server", "desktop",
                                                                "left_on_desktop", "laptop"};
  return names[static_cast<std::size_t>(kind)];
}

Machine::Machine(std::uint64_t seed, std::size_t number)
    : profile_(&profile_of(mix(seed ^ mix(number)))), seed_(mix(mix(seed) + number)) {
  // Fleets of other seeds have other names, so that several can report to one collector.
  const std::string fleet = seed == 1 ? "" : std::to_string(seed) + '-';
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "%s-%s%05zu",
                std::string{to_string(profile_->kind)}.c_str(), fleet.c_str(), number);
  name_ = name.data();
  for (char& c : name_)
    if (c == '_') c = '-';
  counters_.uptime_ms = milliseconds{std::chrono::hours{mix(seed_) % 1000}}.count();
}

Inventory Machine::inventory(WallTime boot_time) const {
  Inventory inventory;
  inventory.agent_version = SOBRIETY_VERSION;
  inventory.boot_time = boot_time;
  const std::uint64_t bits[2] = {mix(seed_),
                                 static_cast<std::uint64_t>(boot_time.time_since_epoch().count())};
  std::memcpy(inventory.boot.bytes.data(), bits, sizeof bits);
  inventory.facts = {"Simulated Linux 1",
                     "6.1.0",
                     "Simulated CPU",
                     profile_->cpus,
                     profile_->memory,
                     std::string{profile_->chassis},
                     "none",
                     std::string{to_string(profile_->kind)}};
  for (const char* mode : modes)
    inventory.series.push_back({SignalId::cpu_time, mode, EnergyScope::none, ""});
  inventory.series.push_back({SignalId::component_energy, "machine", EnergyScope::machine, ""});
  inventory.series.push_back(
      {SignalId::component_energy, "package-0", EnergyScope::cpu, "machine"});
  inventory.series.push_back({SignalId::network_bytes, "receive", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::network_bytes, "transmit", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::disk_bytes, "read", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::disk_bytes, "write", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::temperature, "package-0", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::source_status, "simulated", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::agent_cpu, "", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::agent_resident, "", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::sessions, "local", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::sessions_idle, "", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::sleep_inhibitors, "", EnergyScope::none, ""});
  return inventory;
}

std::uint32_t Machine::load_percent(WallTime time) const {
  const Moment now = moment_of(time);
  const auto slot = static_cast<std::uint32_t>(mix(seed_ ^ (now.day << 16) ^ (now.minute / 5)) %
                                               100);  // this slot's chance
  const bool working_hours = now.weekday < 5 && now.minute >= 8 * 60 + 30 && now.minute < 18 * 60;
  const bool lunch = now.minute >= 12 * 60 && now.minute < 13 * 60 + 30;
  switch (profile_->kind) {
    case Kind::server:
      return 15 + slot / 4 + (working_hours ? 25 : 0);
    case Kind::idle_server:
      return 1;
    case Kind::desktop:
    case Kind::left_on_desktop:
    case Kind::laptop:
      return working_hours && !lunch && slot < 80 ? 5 + slot / 3 : 1;
  }
  return 0;
}

bool Machine::on(WallTime time) const {
  if (!profile_->off_at_night) return true;
  const Moment now = moment_of(time);
  const auto shift =
      static_cast<std::uint32_t>(mix(seed_ + now.day) % 90);  // nobody comes and goes on the dot
  return now.weekday < 5 && now.minute >= 7 * 60 + 30 + shift && now.minute < 17 * 60 + 30 + shift;
}

std::uint64_t Machine::power_mw(WallTime time) const {
  return profile_->idle_mw + (profile_->full_mw - profile_->idle_mw) * load_percent(time) / 100;
}

void Machine::live(WallTime time, std::chrono::milliseconds step) {
  const auto ms = static_cast<std::uint64_t>(step.count());
  load_ = load_percent(time);
  counters_.energy_uj += power_mw(time) * ms;  // milliwatts x milliseconds = microjoules
  counters_.uptime_ms += step.count();
  const std::uint64_t capacity = ms * profile_->cpus;
  const std::uint64_t busy = capacity * load_ / 100;
  counters_.user_ms += busy * 3 / 4;
  counters_.system_ms += busy - busy * 3 / 4;
  counters_.idle_ms += capacity - busy;
  counters_.received += ms * (load_ > 4 ? 120 : 2);
  counters_.sent += ms * (load_ > 4 ? 40 : 1);
  counters_.read += load_ > 4 ? ms * 80 : 0;
  counters_.written += load_ > 4 ? ms * 60 : ms / 100 * 4096;
}

void Machine::boot() {
  counters_ = {.energy_uj = counters_.energy_uj, .agent_start_uj = counters_.agent_start_uj};
}

void Machine::sample(std::span<Cell> row) const {
  Cell* cell = row.data();
  const auto put = [&cell](std::uint64_t value) { *cell++ = static_cast<Cell>(value); };
  const std::uint64_t energy = counters_.energy_uj - counters_.agent_start_uj;
  for (const std::uint64_t ms :
       {counters_.user_ms, std::uint64_t{0}, counters_.system_ms, counters_.idle_ms})
    put(ms / 10);
  for (int mode = 4; mode < 10; ++mode) put(0);
  put(energy);
  put(energy * 2 / 5);
  put(counters_.received);
  put(counters_.sent);
  put(counters_.read);
  put(counters_.written);
  put(35'000 + load_ * 400);
  put(static_cast<std::uint64_t>(SourceStatus::found));
  put(static_cast<std::uint64_t>(counters_.uptime_ms) / 20);
  put(8ULL << 20);
  // Somebody is logged in at every desktop and laptop that is on; they use it while it is loaded. A
  // player that was forgotten keeps one in eight of those that are left on from sleeping.
  const bool personal = profile_->kind != Kind::server && profile_->kind != Kind::idle_server;
  put(personal ? 1 : 0);
  put(personal && load_ > 4 ? 0 : 1);
  put(profile_->kind == Kind::left_on_desktop && seed_ % 8 == 0 ? 1 : 0);
}

}  // namespace sobriety::simulation
