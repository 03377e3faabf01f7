#include "agent/source/gpu_nvml.hpp"

#include "agent/source/file.hpp"
#include "agent/source/label.hpp"
#include "agent/source/nvml.hpp"
#include "proto/base/counter.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace sobriety::agent {

namespace {
constexpr unsigned most_gpus = 32;
// Where a GPU tells no limit: twice what the hungriest module of today takes.
constexpr Watts highest_power{3000};
constexpr std::uint64_t most_millijoules = std::uint64_t{1} << 53U;

struct Gpu {
  std::string component;
  Nvml::Device device;
  CounterExtension energy;
  bool has_busy = false;
  bool failing = false;
};

class NvmlSource final : public Source {
 public:
  NvmlSource(std::unique_ptr<Nvml> nvml, std::vector<Gpu> gpus)
      : nvml_(std::move(nvml)), gpus_(std::move(gpus)) {
    for (const Gpu& gpu : gpus_)
      series_.push_back({SignalId::component_energy, gpu.component, EnergyScope::gpu, {}});
    for (const Gpu& gpu : gpus_)
      if (gpu.has_busy) series_.push_back({SignalId::gpu_busy, gpu.component, {}, {}});
  }

  [[nodiscard]] std::span<const Series> series() const override { return series_; }
  [[nodiscard]] bool needs_no_rescan() const override { return true; }

  ReadOutcome read(const Instant& now, std::span<Cell> cells) override {
    ReadOutcome outcome;
    std::size_t column = 0;
    for (Gpu& gpu : gpus_) cells[column++] = read_energy(gpu, now, outcome);
    for (Gpu& gpu : gpus_)
      if (gpu.has_busy) cells[column++] = read_busy(gpu, outcome);
    return outcome;
  }

  void take_over(Source& previous) override {
    auto* before = dynamic_cast<NvmlSource*>(&previous);
    if (before == nullptr) return;
    dormant_ = std::move(before->dormant_);
    for (const Gpu& gpu : before->gpus_) dormant_.insert_or_assign(gpu.component, gpu.energy);
    for (Gpu& gpu : gpus_)
      if (const auto kept = dormant_.extract(gpu.component)) gpu.energy = kept.mapped();
  }

 private:
  Cell read_energy(Gpu& gpu, const Instant& now, ReadOutcome& outcome) {
    const auto millijoules = nvml_->energy(gpu.device);
    if (!millijoules) return failed(gpu, millijoules.error().message, outcome);
    // Far beyond what a GPU takes in its life: not even a jump, and too much to multiply.
    if (millijoules.value() > most_millijoules)
      return failed(gpu, "its energy is out of all bounds", outcome);
    const CounterStep step =
        gpu.energy.advance(millijoules.value() * 1000, now.boottime, now.asleep);
    if (step == CounterStep::reset) ++outcome.discontinuities;
    return measured(step) ? static_cast<Cell>(gpu.energy.total().count()) : no_value;
  }

  Cell read_busy(Gpu& gpu, ReadOutcome& outcome) {
    const auto percent = nvml_->busy(gpu.device);
    return percent ? static_cast<Cell>(percent.value())
                   : failed(gpu, percent.error().message, outcome);
  }

  static Cell failed(Gpu& gpu, const std::string& why, ReadOutcome& outcome) {
    ++outcome.failures;
    if (!std::exchange(gpu.failing, true)) {
      spdlog::warn("gpu_nvml: {}: {}", gpu.component, why);
      outcome.rescan = true;
    }
    return no_value;
  }

  std::unique_ptr<Nvml> nvml_;
  std::vector<Gpu> gpus_;
  std::vector<Series> series_;
  std::map<std::string, CounterExtension> dormant_;  // of GPUs that were there and may come back
};

Result<Gpu> find_gpu(const Nvml& nvml, unsigned index) {
  BOOST_OUTCOME_TRY(const Nvml::Device device, nvml.device(index));
  BOOST_OUTCOME_TRY(const std::string address, nvml.pci_address(device));
  BOOST_OUTCOME_TRYV(nvml.energy(device));
  const auto limit = static_cast<double>(nvml.power_limit(device)) / 1e3;
  const Watts ceiling = limit > 0 ? std::min(Watts{limit * 2}, highest_power) : highest_power;
  return Gpu{"gpu-" + clean_label(address, 40), device, CounterExtension{{0, ceiling}},
             nvml.busy(device).has_value(), false};
}

enum class GpuOnBus { none, asleep, awake };

GpuOnBus nvidia_on_bus(const std::filesystem::path& sys) {
  auto found = GpuOnBus::none;
  const std::filesystem::path bus = sys / "bus/pci/devices";
  for (const std::string& name : names_in(bus)) {
    const auto vendor = read_once(bus / name / "vendor", 64);
    if (!vendor || vendor.value() != "0x10de") continue;
    const auto kind = read_once(bus / name / "class", 64);
    if (!kind || !kind.value().starts_with("0x03")) continue;  // display controllers
    const auto state = read_once(bus / name / "power/runtime_status", 64);
    if (!state || state.value() != "suspended") return GpuOnBus::awake;
    found = GpuOnBus::asleep;
  }
  return found;
}
}  // namespace

Discovery discover_gpu_nvml(const std::string& library) {
  auto nvml = Nvml::load(library);
  if (!nvml) return not_found(nvml.error());
  const auto count = nvml.value()->count();
  if (!count) return not_found(count.error());
  Discovery found;
  std::vector<Gpu> gpus;
  for (unsigned index = 0; index < std::min(count.value(), most_gpus); ++index) {
    auto gpu = find_gpu(*nvml.value(), index);
    if (gpu)
      gpus.push_back(std::move(gpu).value());
    else
      found.notes.push_back("GPU " + std::to_string(index) + " left out: " + gpu.error().message);
  }
  if (gpus.empty()) {
    found.status = count.value() == 0 ? SourceStatus::absent : SourceStatus::broken;
    found.summary = count.value() == 0 ? "the driver knows no GPU" : "no GPU tells its energy";
    return found;
  }
  found.status = SourceStatus::found;
  for (const Gpu& gpu : gpus)
    found.summary += (found.summary.empty() ? "energy counters of " : ", ") + gpu.component;
  found.source = std::make_unique<NvmlSource>(std::move(nvml).value(), std::move(gpus));
  return found;
}

Discovery discover_gpu_nvml(const Roots& roots, const SourceOptions&) {
  switch (nvidia_on_bus(roots.sys)) {
    case GpuOnBus::none:
      return not_found({Errc::absent, "no GPU of NVIDIA on the PCI bus"});
    case GpuOnBus::asleep:
      return not_found({Errc::absent, "every GPU of NVIDIA is powered down, and is left so"});
    case GpuOnBus::awake:
      break;
  }
  if (!roots.live())
    return not_found({Errc::absent, "a captured machine has no driver behind its GPU"});
  return discover_gpu_nvml("libnvidia-ml.so.1");
}

}  // namespace sobriety::agent
