#include "agent/source/battery.hpp"

#include "agent/source/file.hpp"
#include "agent/source/power_integrator.hpp"
#include "proto/base/text.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace sobriety::agent {

namespace {
constexpr std::size_t longest_value = 64;
constexpr std::size_t most_supplies = 16;
constexpr double highest_watts = 1000;  // of the batteries of one machine

struct Battery {
  std::string name;
  KeptFile status;
  std::optional<KeptFile> power;  // or else both of these
  std::optional<KeptFile> current;
  std::optional<KeptFile> voltage;
};

struct Mains {
  std::string name;
  KeptFile online;
};

// What one look at all supplies tells.
struct Supply {
  bool on_mains = false;
  bool charging = false;
  bool discharging = false;
  Watts power{};  // of the batteries that discharge
};

Result<std::string_view> text_of(std::optional<KeptFile>& file) {
  if (!file) return std::string_view{};
  return file->read();
}

Result<void> look_at(Battery& battery, Supply& supply) {
  BOOST_OUTCOME_TRY(const std::string_view status, battery.status.read());
  if (trimmed(status) == "Charging") supply.charging = true;
  if (trimmed(status) != "Discharging") return success();
  BOOST_OUTCOME_TRY(const std::string_view power, text_of(battery.power));
  BOOST_OUTCOME_TRY(const std::string_view current, text_of(battery.current));
  BOOST_OUTCOME_TRY(const std::string_view voltage, text_of(battery.voltage));
  const auto watts = battery_power(power, current, voltage);
  if (!watts) return fail(watts.error().code, battery.name + ": " + watts.error().message);
  supply.discharging = true;
  supply.power += watts.value();
  return success();
}

Result<void> look_at(Mains& mains, Supply& supply) {
  BOOST_OUTCOME_TRY(const std::string_view text, mains.online.read());
  const auto online = parse_number<unsigned>(trimmed(text));
  if (!online) return fail(Errc::malformed, mains.online.path().native() + ": not a number");
  if (*online != 0) supply.on_mains = true;  // 2: programmable, of USB
  return success();
}

class BatterySource final : public Source {
 public:
  BatterySource(std::vector<Battery> batteries, std::vector<Mains> mains, Elapsed longest_gap)
      : batteries_(std::move(batteries)), mains_(std::move(mains)), meter_(longest_gap) {
    if (!batteries_.empty())
      series_.push_back({SignalId::component_energy, "battery", EnergyScope::machine, {}});
    if (!mains_.empty()) series_.push_back({SignalId::ac_online, {}, {}, {}});
  }

  [[nodiscard]] std::span<const Series> series() const override { return series_; }

  ReadOutcome read(const Instant& now, std::span<Cell> cells) override {
    Supply supply;
    ReadOutcome outcome;
    for (Battery& battery : batteries_) note(look_at(battery, supply), outcome);
    const std::uint32_t unknown_batteries = outcome.failures;
    for (Mains& mains : mains_) note(look_at(mains, supply), outcome);
    failing_ = outcome.failures > 0;
    if (!batteries_.empty()) {
      const bool known = unknown_batteries == 0 && supply.discharging && !supply.charging &&
                         !supply.on_mains && supply.power <= Watts{highest_watts};
      cells[0] = known ? energy(supply.power, now, outcome) : silence();
    }
    if (!mains_.empty() && (supply.on_mains || outcome.failures == unknown_batteries))
      cells.back() = supply.on_mains ? 1 : 0;
    return outcome;
  }

  void take_over(Source& previous) override {
    if (const auto* before = dynamic_cast<BatterySource*>(&previous)) meter_ = before->meter_;
  }

 private:
  void note(const Result<void>& done, ReadOutcome& outcome) {
    if (done) return;
    ++outcome.failures;
    if (failing_ || outcome.rescan) return;
    spdlog::warn("battery: {}", done.error().message);
    outcome.rescan = true;
  }

  Cell energy(Watts power, const Instant& now, ReadOutcome& outcome) {
    if (!meter_.advance(power, now.boottime)) {
      ++outcome.discontinuities;
      return no_value;
    }
    return static_cast<Cell>(meter_.total().count());
  }

  // What is not known is not bridged.
  Cell silence() {
    meter_.forget();
    return no_value;
  }

  std::vector<Battery> batteries_;
  std::vector<Mains> mains_;
  PowerIntegrator meter_;
  std::vector<Series> series_;
  bool failing_ = false;
};

std::optional<KeptFile> open_if_there(const std::filesystem::path& path) {
  auto file = KeptFile::open(path, longest_value);
  return file ? std::optional{std::move(file).value()} : std::nullopt;
}

Result<Battery> open_battery(const std::filesystem::path& directory, std::string name) {
  BOOST_OUTCOME_TRY(auto status, KeptFile::open(directory / "status", longest_value));
  Battery battery{
      std::move(name), std::move(status), open_if_there(directory / "power_now"), {}, {}};
  if (battery.power) return battery;
  BOOST_OUTCOME_TRY(auto current, KeptFile::open(directory / "current_now", longest_value));
  BOOST_OUTCOME_TRY(auto voltage, KeptFile::open(directory / "voltage_now", longest_value));
  battery.current = std::move(current);
  battery.voltage = std::move(voltage);
  return battery;
}

// `scope` is Device for the battery of a mouse or of a headset.
bool feeds_the_machine(const std::filesystem::path& supply) {
  const auto scope = read_once(supply / "scope", longest_value);
  return !scope || scope.value() != "Device";
}

std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}
}  // namespace

Result<Watts> battery_power(std::string_view power, std::string_view current,
                            std::string_view voltage) {
  constexpr double most = 1e15;
  const auto number = [](std::string_view text) {
    return parse_number<std::int64_t>(trimmed(text));
  };
  double watts = 0;
  if (!trimmed(power).empty()) {
    const auto microwatts = number(power);
    if (!microwatts) return fail(Errc::malformed, "power_now is not a number");
    watts = std::abs(static_cast<double>(*microwatts)) / 1e6;
  } else {
    const auto microamperes = number(current);
    const auto microvolts = number(voltage);
    if (!microamperes || !microvolts)
      return fail(Errc::malformed, "neither power_now nor current_now and voltage_now are numbers");
    watts = std::abs(static_cast<double>(*microamperes) * static_cast<double>(*microvolts)) / 1e12;
  }
  if (watts > most) return fail(Errc::broken, "more than a battery gives");
  return Watts{watts};
}

Discovery discover_battery(const Roots& roots, const SourceOptions& options) {
  const std::filesystem::path supplies = roots.sys / "class/power_supply";
  Discovery found;
  std::vector<Battery> batteries;
  std::vector<Mains> mains;
  std::size_t denied = 0;
  const auto leave_out = [&](const std::string& name, const Error& error) {
    if (error.code == Errc::denied) ++denied;
    found.notes.push_back(name + " left out: " + error.message);
  };
  for (const std::string& name : names_in(supplies, most_supplies)) {
    const auto type = read_once(supplies / name / "type", longest_value);
    if (!type || !feeds_the_machine(supplies / name)) continue;
    if (type.value() == "Battery") {
      auto battery = open_battery(supplies / name, name);
      if (battery)
        batteries.push_back(std::move(battery).value());
      else
        leave_out(name, battery.error());
    } else if (type.value() == "Mains" || type.value() == "USB") {
      auto online = KeptFile::open(supplies / name / "online", longest_value);
      if (online)
        mains.push_back({name, std::move(online).value()});
      else
        leave_out(name, online.error());
    }
  }
  if (batteries.empty() && mains.empty()) {
    if (found.notes.empty()) {
      found.summary = "no battery and no mains below " + supplies.native();
      return found;
    }
    found.status = denied > 0 ? SourceStatus::denied : SourceStatus::broken;
    found.summary = "no battery and no mains can be read";
    if (denied > 0) found.fix = "let the agent's group read the files that the notes name";
    return found;
  }
  found.status = SourceStatus::found;
  found.summary = counted(batteries.size(), "battery", "batteries") +
                  ", whose power is the machine's while " +
                  (batteries.size() == 1 ? "it discharges" : "they discharge") + "; " +
                  counted(mains.size(), "mains supply", "mains supplies");
  found.source = std::make_unique<BatterySource>(std::move(batteries), std::move(mains),
                                                 longest_gap(options.interval));
  return found;
}

}  // namespace sobriety::agent
