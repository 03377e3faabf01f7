#include "agent/source/sensor_reader.hpp"

#include <sensors/error.h>
#include <sensors/sensors.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace sobriety::agent {

namespace {
// libsensors has one list of chips a process, and a reader holds pointers into it. Each new reader
// loads the list anew, which is how added chips are found, and outdates the readers before it.
// Sources live on one thread.
unsigned generation = 0;
bool loaded = false;

Error error_of(int code, const std::string& doing) {
  const Errc kind = code == -SENSORS_ERR_ACCESS_R ? Errc::denied : Errc::broken;
  return {kind, doing + ": " + ::sensors_strerror(code)};
}

class LibSensors final : public SensorReader {
 public:
  LibSensors() : generation_(generation) { find_chips(); }
  ~LibSensors() override {
    if (generation_ != generation || !loaded) return;
    ::sensors_cleanup();
    loaded = false;
  }
  LibSensors(const LibSensors&) = delete;
  LibSensors& operator=(const LibSensors&) = delete;

  [[nodiscard]] std::span<const SensorFeature> features() const override { return features_; }
  [[nodiscard]] std::span<const std::string> notes() const override { return notes_; }

  [[nodiscard]] Result<double> read(std::size_t index) override {
    if (generation_ != generation)
      return fail(Errc::unavailable, "libsensors has loaded its chips anew since");
    double value = 0;
    const int code = ::sensors_get_value(places_[index].chip, places_[index].subfeature, &value);
    if (code < 0) return error_of(code, features_[index].chip + "/" + features_[index].label);
    return value;
  }

 private:
  struct Place {
    const sensors_chip_name* chip;
    int subfeature;
  };

  void find_chips() {
    int next = 0;
    while (const sensors_chip_name* chip = ::sensors_get_detected_chips(nullptr, &next)) {
      std::array<char, 256> name{};
      if (::sensors_snprintf_chip_name(name.data(), name.size(), chip) < 0) continue;
      int next_feature = 0;
      while (const sensors_feature* feature = ::sensors_get_features(chip, &next_feature))
        find_feature(*chip, name.data(), *feature);
    }
  }

  void find_feature(const sensors_chip_name& chip, const char* name,
                    const sensors_feature& feature) {
    const auto subfeature = [&](sensors_subfeature_type type) {
      const sensors_subfeature* found = ::sensors_get_subfeature(&chip, &feature, type);
      return found != nullptr && (found->flags & SENSORS_MODE_R) != 0 ? found : nullptr;
    };
    const sensors_subfeature* place = nullptr;
    SensorKind kind{};
    switch (feature.type) {
      case SENSORS_FEATURE_POWER:
        kind = SensorKind::power;
        place = subfeature(SENSORS_SUBFEATURE_POWER_AVERAGE);
        if (place == nullptr) place = subfeature(SENSORS_SUBFEATURE_POWER_INPUT);
        break;
      case SENSORS_FEATURE_ENERGY:
        kind = SensorKind::energy;
        place = subfeature(SENSORS_SUBFEATURE_ENERGY_INPUT);
        break;
      case SENSORS_FEATURE_TEMP:
        kind = SensorKind::temperature;
        place = subfeature(SENSORS_SUBFEATURE_TEMP_INPUT);
        break;
      default:
        break;
    }
    if (place == nullptr) return;
    const std::unique_ptr<char, decltype(&std::free)> label{::sensors_get_label(&chip, &feature),
                                                            &std::free};
    features_.push_back({name, chip.prefix, label ? label.get() : feature.name, kind});
    places_.push_back({&chip, place->number});
  }

  unsigned generation_;
  std::vector<SensorFeature> features_;
  std::vector<Place> places_;
  std::vector<std::string> notes_;
};
}  // namespace

Result<std::unique_ptr<SensorReader>> open_libsensors() {
  ++generation;
  if (std::exchange(loaded, false)) ::sensors_cleanup();
  const int code = ::sensors_init(nullptr);
  if (code != 0) return error_of(code, "libsensors");
  loaded = true;
  return std::unique_ptr<SensorReader>{std::make_unique<LibSensors>()};
}

}  // namespace sobriety::agent
