// A kernel whose perf events a test drives, and the files of its `power` PMU.
#pragma once

#include "agent/source/perf_events.hpp"
#include "tests/support/temp_tree.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sobriety::test {

// One count of the PMU is 2^-32 J.
inline constexpr std::uint64_t counts_per_joule = std::uint64_t{1} << 32U;

class FakePerf final : public agent::PerfEvents {
 public:
  // What each event of each processor has counted since the machine booted, by {cpu, config}.
  std::map<std::pair<unsigned, std::uint64_t>, std::uint64_t> counts;
  Errc refusal{};  // of every open(), with `refuses`
  bool refuses = false;
  bool fails = false;                 // every read() from now on
  std::vector<std::uint64_t> absent;  // configs that no processor has
  std::size_t groups = 0;             // opened so far
  std::size_t reads = 0;

  Result<std::unique_ptr<agent::PerfGroup>> open(std::uint32_t, unsigned cpu,
                                                 std::span<const std::uint64_t> configs) override {
    if (refuses) return fail(refusal, "perf: refused");
    for (const std::uint64_t config : configs)
      for (const std::uint64_t none : absent)
        if (config == none) return fail(Errc::broken, "perf: Invalid argument");
    ++groups;
    return std::unique_ptr<agent::PerfGroup>{std::make_unique<Group>(*this, cpu, configs)};
  }

 private:
  class Group final : public agent::PerfGroup {
   public:
    Group(FakePerf& kernel, unsigned cpu, std::span<const std::uint64_t> configs)
        : kernel_(kernel) {
      for (const std::uint64_t config : configs)
        places_.push_back({&kernel.counts[{cpu, config}], kernel.counts[{cpu, config}]});
    }
    Result<void> read(std::span<std::uint64_t> into) override {
      ++kernel_.reads;
      if (kernel_.fails) return fail(Errc::broken, "perf: No such device");
      for (std::size_t i = 0; i < places_.size(); ++i)
        into[i] = *places_[i].first - places_[i].second;
      return success();
    }

   private:
    FakePerf& kernel_;
    std::vector<std::pair<const std::uint64_t*, std::uint64_t>> places_;
  };
};

inline TempTree& add_power_event(TempTree& tree, const std::string& name,
                                 const std::string& event) {
  const std::string path = "sys/bus/event_source/devices/power/events/" + name;
  return tree.file(path, event + "\n")
      .file(path + ".scale", "2.3283064365386962890625e-10\n")
      .file(path + ".unit", "Joules\n");
}

inline TempTree& add_power_pmu(TempTree& tree, const std::string& cpumask) {
  return tree.file("sys/bus/event_source/devices/power/type", "9\n")
      .file("sys/bus/event_source/devices/power/cpumask", cpumask + "\n");
}

inline TempTree& add_topology(TempTree& tree, unsigned cpu, unsigned socket, unsigned die) {
  const std::string path = "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
  return tree.file(path + "physical_package_id", std::to_string(socket) + "\n")
      .file(path + "die_id", std::to_string(die) + "\n");
}

}  // namespace sobriety::test
