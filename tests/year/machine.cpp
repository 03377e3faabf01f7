#include "tests/year/machine.hpp"

#include <cstring>

namespace sobriety::year {

Machine::Machine(const Plan& plan) : plan_(plan) {}

void Machine::boot(Seconds at) {
  ++boots_;
  running_ = true;
  now_ = booted_ = at;
  asleep_ = 0;
  user_ = cpu_idle_ = received_ = sent_ = written_ = 0;
}

void Machine::work(const Segment& segment, Seconds until) {
  const std::int64_t time = until - now_;
  const std::int64_t busy = time * processors * segment.load / 10;  // 1/1000 of 1/100 s
  user_ += busy;
  cpu_idle_ += time * processors * 100 - busy;
  received_ += time * (segment.busy ? 50'000 : 300);
  sent_ += time * (segment.busy ? 20'000 : 200);
  written_ += time * (segment.busy ? 400'000 : 2'000);
  now_ = until;
}

void Machine::run(const Segment& segment, Seconds until) {
  microjoules_ += segment.milliwatts * 1'000 * (until - now_);
  idle_ = !segment.busy;
  work(segment, until);
}

void Machine::run_unread(const Segment& segment, Seconds until) { work(segment, until); }

void Machine::sleep(Seconds until) {
  asleep_ += until - now_;
  now_ = until;
}

Inventory Machine::inventory() const {
  Inventory inventory;
  inventory.agent_version = SOBRIETY_VERSION;
  inventory.boot_time = WallTime{std::chrono::seconds{booted_}};
  std::memcpy(inventory.boot.bytes.data(), &boots_, sizeof boots_);
  inventory.facts = {"Simulated Linux 1", "6.1.0",       "Simulated CPU", processors,
                     16ULL << 30,         plan_.chassis, "none",          "simulated"};
  const auto add = [&inventory](SignalId signal, const char* instance,
                                EnergyScope scope = EnergyScope::none) {
    inventory.series.push_back({signal, instance, scope, ""});
  };
  add(SignalId::cpu_time, "user");
  add(SignalId::cpu_time, "idle");
  add(SignalId::network_bytes, "receive");
  add(SignalId::network_bytes, "transmit");
  add(SignalId::disk_bytes, "read");
  add(SignalId::disk_bytes, "write");
  if (plan_.chassis != "server") {
    add(SignalId::sessions, "local");
    add(SignalId::sessions_idle, "");
  }
  if (plan_.meter == "machine") add(SignalId::component_energy, "bmc", EnergyScope::machine);
  if (plan_.meter == "rapl") {
    add(SignalId::component_energy, "package-0", EnergyScope::cpu);
    add(SignalId::component_energy, "dram", EnergyScope::memory);
  }
  if (plan_.inhibitors >= 0) add(SignalId::sleep_inhibitors, "");
  if (plan_.dropping > 0) add(SignalId::spool_dropped, "");
  return inventory;
}

void Machine::sample(Batch& batch) const {
  batch.times.push_back({std::chrono::seconds{now_ - booted_}, std::chrono::seconds{asleep_},
                         WallTime{std::chrono::seconds{now_}}});
  for (const std::int64_t cell : {user_, cpu_idle_, received_, sent_, std::int64_t{0}, written_})
    batch.cells.push_back(cell);
  if (plan_.chassis != "server")
    for (const std::int64_t cell : {plan_.sessions, std::int64_t{idle_}})
      batch.cells.push_back(cell);
  if (plan_.meter != "none") batch.cells.push_back(microjoules_);
  if (plan_.meter == "rapl") batch.cells.push_back(0);
  if (plan_.inhibitors >= 0) batch.cells.push_back(plan_.inhibitors);
  if (plan_.dropping > 0) batch.cells.push_back(plan_.dropping * (now_ - booted_) / 60);
  batch.width = batch.cells.size() / batch.times.size();
}

}  // namespace sobriety::year
