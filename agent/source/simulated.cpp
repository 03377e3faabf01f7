#include "agent/source/simulated.hpp"

#include "proto/base/decimal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace sobriety::agent {

namespace {
constexpr double highest_watts = 100'000;

class SimulatedSource final : public Source {
 public:
  explicit SimulatedSource(Watts power) : power_(power) {}

  [[nodiscard]] std::span<const Series> series() const override { return {&series_, 1}; }

  ReadOutcome read(const Instant& now, std::span<Cell> cells) override {
    // Like a real meter's, its energy counts from the agent's first reading.
    if (!since_) since_ = now.boottime;
    // The highest power fills the cell after three years.
    constexpr std::uint64_t most = std::numeric_limits<Cell>::max();
    cells[0] = static_cast<Cell>(std::min(most, (power_ * (now.boottime - *since_)).count()));
    return {};
  }

  void take_over(Source& previous) override {
    if (const auto* same = dynamic_cast<SimulatedSource*>(&previous)) since_ = same->since_;
  }

 private:
  Series series_{SignalId::component_energy, "simulated", EnergyScope::machine, {}};
  Watts power_;
  std::optional<Elapsed> since_;
};
}  // namespace

Discovery discover_simulated(const Roots&, const SourceOptions& options) {
  Discovery found;
  if (!options.simulated_watts) {
    found.summary = "not asked for (`sources.simulated_watts`)";
    return found;
  }
  const double watts = *options.simulated_watts;
  if (!std::isfinite(watts) || watts < 0 || watts > highest_watts)
    return not_found({Errc::broken, "`sources.simulated_watts` is not a power from 0 to 100000 W"});
  found.status = SourceStatus::found;
  found.summary = "INVENTED, NOT MEASURED: a whole-machine meter of " +
                  decimal_text(std::llround(watts * 1000), 3) +
                  " W that does not exist, because `sources.simulated_watts` asks for it";
  found.source = std::make_unique<SimulatedSource>(Watts{watts});
  return found;
}

}  // namespace sobriety::agent
