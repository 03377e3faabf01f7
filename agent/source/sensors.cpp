#include "agent/source/sensors.hpp"

#include "agent/source/file.hpp"
#include "agent/source/label.hpp"
#include "agent/source/power_integrator.hpp"
#include "proto/base/counter.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

namespace sobriety::agent {

namespace {
using namespace std::chrono_literals;

constexpr double highest_watts = 100'000;
constexpr double highest_joules = 9e9;  // 2^53 microjoules: a double is exact below
constexpr std::size_t most_series = 64;

// Temperatures travel once a batch, and reading one may wake a sleeping core: not at every sample.
constexpr Elapsed temperature_pace = 20s;

struct ScopeRule {
  std::string_view prefix;
  EnergyScope scope;
};

constexpr std::array scope_rules{
    ScopeRule{"power_meter", EnergyScope::machine},  // ACPI power meter
    ScopeRule{"acpi_power_meter", EnergyScope::machine},
    ScopeRule{"amdgpu", EnergyScope::gpu},
    ScopeRule{"nouveau", EnergyScope::gpu},
    ScopeRule{"i915", EnergyScope::gpu},
    ScopeRule{"xe", EnergyScope::gpu},
    ScopeRule{"zenpower", EnergyScope::cpu},
    ScopeRule{"k10temp", EnergyScope::cpu},
    ScopeRule{"coretemp", EnergyScope::cpu},
    ScopeRule{"fam15h_power", EnergyScope::cpu},
    ScopeRule{"amd_energy", EnergyScope::cpu},
};

using Meter = std::variant<PowerIntegrator, CounterExtension>;

struct Channel {
  std::size_t feature;
  SensorKind kind;
  EnergyScope scope;
  std::string instance;
  Meter meter;                  // of power and energy
  Cell temperature = no_value;  // of temperature: the last reading
  bool failing = false;
};

// A machine that runs draws power: a whole-machine meter that says 0 has no sensor behind it.
Result<double> usable(const Channel& channel, Result<double> value) {
  if (!value) return value;
  auto checked = believed(channel.kind, value.value());
  const bool machine_power =
      channel.kind == SensorKind::power && channel.scope == EnergyScope::machine;
  if (checked && machine_power && checked.value() == 0)
    return fail(Errc::broken, "a meter of the whole machine that says 0: nothing is behind it");
  return checked;
}

class SensorsSource final : public Source {
 public:
  SensorsSource(std::unique_ptr<SensorReader> reader, std::vector<Channel> channels)
      : reader_(std::move(reader)), channels_(std::move(channels)) {
    for (const Channel& channel : channels_)
      series_.push_back({channel.kind == SensorKind::temperature ? SignalId::temperature
                                                                 : SignalId::component_energy,
                         channel.instance,
                         channel.scope,
                         {}});
  }

  [[nodiscard]] std::span<const Series> series() const override { return series_; }

  ReadOutcome read(const Instant& now, std::span<Cell> cells) override {
    ReadOutcome outcome;
    const bool warm = temperatures_read_ && now.boottime - *temperatures_read_ < temperature_pace;
    if (!warm) temperatures_read_ = now.boottime;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      Channel& channel = channels_[i];
      if (channel.kind == SensorKind::temperature) {
        if (!warm) channel.temperature = read_temperature(channel, outcome);
        cells[i] = channel.temperature;
      } else {
        cells[i] = read_energy(channel, now, outcome);
      }
    }
    return outcome;
  }

  void take_over(Source& previous) override {
    auto* before = dynamic_cast<SensorsSource*>(&previous);
    if (before == nullptr) return;
    dormant_ = std::move(before->dormant_);
    for (const Channel& channel : before->channels_)
      dormant_.insert_or_assign(channel.instance, channel.meter);
    for (Channel& channel : channels_)
      if (const auto kept = dormant_.extract(channel.instance);
          kept && kept.mapped().index() == channel.meter.index())
        channel.meter = kept.mapped();
  }

 private:
  std::optional<double> read(Channel& channel, ReadOutcome& outcome) {
    const auto value = usable(channel, reader_->read(channel.feature));
    if (value) return value.value();
    ++outcome.failures;
    if (!std::exchange(channel.failing, true)) {
      spdlog::warn("sensors: {}: {}", channel.instance, value.error().message);
      outcome.rescan = true;
    }
    return std::nullopt;
  }

  Cell read_temperature(Channel& channel, ReadOutcome& outcome) {
    const auto celsius = read(channel, outcome);
    return celsius ? static_cast<Cell>(std::llround(*celsius * 1e3)) : no_value;
  }

  Cell read_energy(Channel& channel, const Instant& now, ReadOutcome& outcome) {
    const auto value = read(channel, outcome);
    if (!value) return no_value;
    CounterStep step = CounterStep::reset;
    Microjoules total;
    if (auto* power = std::get_if<PowerIntegrator>(&channel.meter)) {
      if (power->advance(Watts{*value}, now.boottime)) step = CounterStep::advanced;
      total = power->total();
    } else if (auto* energy = std::get_if<CounterExtension>(&channel.meter)) {
      const auto raw = static_cast<std::uint64_t>(std::llround(*value * 1e6));
      step = energy->advance(raw, now.boottime, now.asleep);
      total = energy->total();
    }
    if (step == CounterStep::reset) ++outcome.discontinuities;
    return measured(step) ? static_cast<Cell>(total.count()) : no_value;
  }

  std::unique_ptr<SensorReader> reader_;
  std::vector<Channel> channels_;
  std::vector<Series> series_;
  std::map<std::string, Meter> dormant_;  // of chips that were there and may come back
  std::optional<Elapsed> temperatures_read_;
};

// Which features are worth a series, as instances in a stable order.
class Selection {
 public:
  Selection(SensorReader& reader, const SourceOptions& options)
      : reader_(reader), options_(options) {
    notes_.assign(reader.notes().begin(), reader.notes().end());
    std::vector<std::size_t> order(reader.features().size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto key = [&](std::size_t i) {
      const SensorFeature& feature = reader.features()[i];
      return std::tuple{feature.kind == SensorKind::temperature, std::string_view{feature.chip}};
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    for (const std::size_t index : order) consider(index);
    for (const auto& [chip, count] : cores_)
      notes_.push_back(chip + ": " + std::to_string(count) +
                       " temperatures of single cores left out, their package's is read");
    if (too_many_ > 0)
      notes_.push_back(std::to_string(too_many_) +
                       " sensors left out: " + std::to_string(most_series) + " are read at most");
  }

  std::vector<Channel> take_channels() { return std::move(channels_); }
  std::vector<std::string> take_notes() { return std::move(notes_); }
  [[nodiscard]] std::size_t denied() const { return denied_; }

 private:
  void consider(std::size_t index) {
    const SensorFeature& feature = reader_.features()[index];
    if (is_core_of_a_socket(feature)) {
      notes_.push_back(feature.chip + "/" + feature.label +
                       " left out: its energy is in that of the socket");
      return;
    }
    if (is_single_core(feature)) {
      ++cores_[feature.chip];
      return;
    }
    const std::string instance = unique_instance(feature);
    if (feature.kind == SensorKind::power && has_energy(feature)) {
      notes_.push_back(instance + ": its power is left out, its energy counter is read");
      return;
    }
    if (channels_.size() == most_series) {
      ++too_many_;
      return;
    }
    const bool metered = feature.kind != SensorKind::temperature;
    Channel channel{
        index, feature.kind,
        metered ? scope_of_chip(feature.prefix, options_.sensor_scopes) : EnergyScope::none,
        instance, new_meter(feature.kind)};
    if (const auto value = usable(channel, reader_.read(index)); !value) {
      if (value.error().code == Errc::denied) ++denied_;
      notes_.push_back(instance + " left out: " + value.error().message);
      return;
    }
    channels_.push_back(std::move(channel));
  }

  [[nodiscard]] Meter new_meter(SensorKind kind) const {
    if (kind == SensorKind::energy) return CounterExtension{{0, Watts{highest_watts}}};
    return PowerIntegrator{longest_gap(options_.interval)};
  }

  // coretemp has a sensor a core, each read by interrupting that core; the package's is their
  // maximum.
  [[nodiscard]] bool is_single_core(const SensorFeature& feature) const {
    if (feature.prefix != "coretemp" || !feature.label.starts_with("Core ")) return false;
    return std::any_of(
        reader_.features().begin(), reader_.features().end(), [&](const SensorFeature& other) {
          return other.chip == feature.chip &&
                 (other.label.starts_with("Package id") || other.label.starts_with("Physical id"));
        });
  }

  // amd_energy tells the energy of each core and of each socket, with all cores in it.
  [[nodiscard]] bool is_core_of_a_socket(const SensorFeature& feature) const {
    if (feature.prefix != "amd_energy" || !feature.label.starts_with("Ecore")) return false;
    return std::any_of(reader_.features().begin(), reader_.features().end(),
                       [&](const SensorFeature& other) {
                         return other.chip == feature.chip && other.label.starts_with("Esocket");
                       });
  }

  // One rail in two features counts once, and a counter misses nothing between two readings.
  [[nodiscard]] bool has_energy(const SensorFeature& feature) const {
    return std::any_of(reader_.features().begin(), reader_.features().end(),
                       [&](const SensorFeature& other) {
                         return other.kind == SensorKind::energy && other.chip == feature.chip &&
                                other.label == feature.label;
                       });
  }

  std::string unique_instance(const SensorFeature& feature) {
    constexpr std::size_t room_for_number = 8;
    const std::string name =
        clean_label(feature.chip + "/" + feature.label, longest_label - room_for_number);
    std::string instance = name;
    const bool temperature = feature.kind == SensorKind::temperature;
    for (unsigned copy = 2; !taken_.insert({temperature, instance}).second; ++copy)
      instance = name + " #" + std::to_string(copy);
    return instance;
  }

  SensorReader& reader_;
  const SourceOptions& options_;
  std::vector<Channel> channels_;
  std::vector<std::string> notes_;
  std::set<std::pair<bool, std::string>> taken_;
  std::map<std::string, std::size_t> cores_;  // temperatures left out, by chip
  std::size_t too_many_ = 0;
  std::size_t denied_ = 0;
};

std::string summary_of(const std::vector<Channel>& channels) {
  std::string meters;
  std::size_t temperatures = 0;
  for (const Channel& channel : channels) {
    if (channel.kind == SensorKind::temperature) {
      ++temperatures;
      continue;
    }
    meters += (meters.empty() ? "" : ", ") + channel.instance + " (" +
              std::string{scope_name(channel.scope)} + ")";
  }
  return (meters.empty() ? "no power meter" : "power meters: " + meters) + "; " +
         std::to_string(temperatures) + (temperatures == 1 ? " temperature" : " temperatures");
}
}  // namespace

EnergyScope scope_of_chip(std::string_view prefix,
                          const std::map<std::string, EnergyScope>& rules) {
  if (const auto rule = rules.find(std::string{prefix}); rule != rules.end()) return rule->second;
  for (const ScopeRule& rule : scope_rules)
    if (rule.prefix == prefix) return rule.scope;
  return EnergyScope::other;
}

Result<double> believed(SensorKind kind, double value) {
  if (!std::isfinite(value)) return fail(Errc::broken, "not a finite number");
  if (kind == SensorKind::temperature) {
    if (value < -273.15 || value > 1000)
      return fail(Errc::broken, "not a temperature of a machine");
    return value;
  }
  if (value < 0) return fail(Errc::broken, "negative");
  if (kind == SensorKind::energy) {
    if (value > highest_joules) return fail(Errc::broken, "more energy than a counter can tell");
    return value;
  }
  if (std::abs(value - 4294967.295) < 1e-3)
    return fail(Errc::broken, "0xffffffff mW, which stands for no reading");
  if (value > highest_watts) return fail(Errc::broken, "more than 100 kW");
  return value;
}

Discovery discover_sensors(std::unique_ptr<SensorReader> reader, const SourceOptions& options) {
  Selection selection{*reader, options};
  Discovery found;
  found.notes = selection.take_notes();
  auto channels = selection.take_channels();
  if (!channels.empty()) {
    found.status = SourceStatus::found;
    found.summary = summary_of(channels);
    found.source = std::make_unique<SensorsSource>(std::move(reader), std::move(channels));
  } else if (reader->features().empty()) {
    found.summary = "no sensor of power, energy or temperature";
  } else {
    found.status = selection.denied() > 0 ? SourceStatus::denied : SourceStatus::broken;
    found.summary = "none of " + std::to_string(reader->features().size()) + " sensors can be read";
  }
  if (selection.denied() > 0)
    found.fix =
        "let the agent's group read the files of /sys/class/hwmon that the notes name: chgrp and "
        "chmod g+r (a udev rule makes that last)";
  return found;
}

// A reader without the powers of some chips.
class WithoutPower final : public SensorReader {
 public:
  WithoutPower(std::unique_ptr<SensorReader> reader, const std::vector<std::string>& prefixes)
      : reader_(std::move(reader)) {
    notes_.assign(reader_->notes().begin(), reader_->notes().end());
    for (std::size_t i = 0; i < reader_->features().size(); ++i) {
      const SensorFeature& feature = reader_->features()[i];
      if (feature.kind == SensorKind::power &&
          std::find(prefixes.begin(), prefixes.end(), feature.prefix) != prefixes.end()) {
        notes_.push_back(feature.chip + "/" + feature.label +
                         " left out: the source `battery` reads that supply");
        continue;
      }
      features_.push_back(feature);
      places_.push_back(i);
    }
  }

  [[nodiscard]] std::span<const SensorFeature> features() const override { return features_; }
  [[nodiscard]] std::span<const std::string> notes() const override { return notes_; }
  [[nodiscard]] Result<double> read(std::size_t index) override {
    return reader_->read(places_[index]);
  }

 private:
  std::unique_ptr<SensorReader> reader_;
  std::vector<SensorFeature> features_;
  std::vector<std::size_t> places_;
  std::vector<std::string> notes_;
};

Discovery discover_sensors(const Roots& roots, const SourceOptions& options) {
  std::error_code error;
  if (!std::filesystem::exists(roots.sys / "class/hwmon", error))
    return not_found({Errc::absent, "no " + (roots.sys / "class/hwmon").native()});
  auto reader = roots.live() ? open_libsensors() : open_hwmon_tree(roots.sys);
  if (!reader) return not_found(reader.error());
  // A power supply is shown as a chip of its name too, with the power that flows into a battery.
  auto without_supplies = std::make_unique<WithoutPower>(
      std::move(reader).value(), names_in(roots.sys / "class/power_supply"));
  return discover_sensors(std::unique_ptr<SensorReader>{std::move(without_supplies)}, options);
}

}  // namespace sobriety::agent
