#include "agent/source/file.hpp"
#include "agent/source/label.hpp"
#include "agent/source/sensor_reader.hpp"
#include "proto/base/text.hpp"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

namespace sobriety::agent {

namespace {
namespace fs = std::filesystem;

constexpr std::size_t longest_value = 64;

std::string hexadecimal(std::uint64_t value, unsigned digits) {
  static constexpr char letters[] = "0123456789abcdef";
  std::string text(digits, '0');
  for (auto at = text.rbegin(); at != text.rend(); ++at, value >>= 4) *at = letters[value & 15];
  return text;
}

std::optional<std::uint32_t> parse_hexadecimal(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `0000:0c:00.0` is 0c00 (domain, bus, device and function as libsensors packs them).
std::optional<std::string> pci_address(std::string_view name) {
  if (name.size() < 12 || name[name.size() - 2] != '.') return std::nullopt;
  const auto bus = parse_hexadecimal(name.substr(name.size() - 7, 2));
  const auto device = parse_hexadecimal(name.substr(name.size() - 4, 2));
  const auto function = parse_hexadecimal(name.substr(name.size() - 1));
  const auto domain = parse_hexadecimal(name.substr(0, name.size() - 8));
  if (!bus || !device || !function || !domain) return std::nullopt;
  return hexadecimal(*domain << 16 | *bus << 8 | (*device << 3 & 0xff) | (*function & 7), 4);
}

// `coretemp.1` is 0001; a platform device without a number is 0000.
std::string platform_address(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return "0000";
  return hexadecimal(parse_number<std::uint32_t>(name.substr(dot + 1)).value_or(0), 4);
}

// `0-0048` is 0-48: adapter and address.
std::string i2c_address(std::string_view name) {
  const auto dash = name.find('-');
  if (dash == std::string_view::npos) return clean_label(name);
  const auto address = parse_hexadecimal(name.substr(dash + 1));
  return clean_label(name.substr(0, dash)) + "-" + hexadecimal(address.value_or(0), 2);
}

// `pci-0c00`, `isa-0001`, … of a device on a bus that libsensors knows, "" on another.
std::string on_bus(std::string_view bus, std::string_view name) {
  if (bus == "platform" || bus == "of_platform") return "isa-" + platform_address(name);
  if (bus == "i2c") return "i2c-" + i2c_address(name);
  if (bus == "acpi") return "acpi-0";
  if (bus == "hid" || bus == "spi" || bus == "scsi" || bus == "mdio_bus")
    return std::string{bus} + "-0";
  if (bus != "pci") return {};
  const auto address = pci_address(name);
  return address ? "pci-" + *address : std::string{};
}

// Where a chip sits, as libsensors tells it: on the first bus that it knows from the chip's device
// upwards (an NVMe controller's is that of its PCI function). A device without any subsystem counts
// as a platform device, and a chip without a device as virtual.
std::string place_of(const fs::path& hwmon) {
  constexpr int deepest = 16;
  std::error_code error;
  fs::path device = fs::canonical(hwmon / "device", error);
  for (int depth = 0; !error && depth < deepest && device.has_relative_path(); ++depth) {
    std::error_code no_bus;
    const std::string bus = fs::canonical(device / "subsystem", no_bus).filename();
    if (no_bus && depth == 0) return "isa-" + platform_address(device.filename().native());
    if (std::string place = on_bus(bus, device.filename().native()); !place.empty()) return place;
    std::error_code no_device;
    fs::path behind = fs::canonical(device / "device", no_device);
    device = no_device ? device.parent_path() : std::move(behind);
  }
  return "virtual-0";
}

class HwmonTree final : public SensorReader {
 public:
  void add_chip(const fs::path& hwmon) {
    // Old drivers keep name and values in the device's own directory.
    fs::path directory = hwmon;
    auto prefix = read_once(directory / "name", 256);
    if (!prefix) prefix = read_once((directory = hwmon / "device") / "name", 256);
    if (!prefix || prefix.value().empty()) {
      notes_.push_back(hwmon.filename().native() + " left out: the chip has no name");
      return;
    }
    const std::string name = clean_label(prefix.value());
    const std::string chip = name + "-" + place_of(hwmon);
    for (const auto& [feature, file] : files_of(directory))
      add_feature(directory, {chip, name, {}, feature.first}, file);
  }

  [[nodiscard]] std::span<const SensorFeature> features() const override { return features_; }
  [[nodiscard]] std::span<const std::string> notes() const override { return notes_; }

  [[nodiscard]] Result<double> read(std::size_t index) override {
    BOOST_OUTCOME_TRY(const std::string_view text, files_[index].read());
    return parse_hwmon_value(features_[index].kind, text);
  }

 private:
  using FeatureKey = std::pair<SensorKind, std::uint32_t>;

  // The file to read for each feature, in the order of kind and number.
  static std::map<FeatureKey, std::string> files_of(const fs::path& directory) {
    std::map<FeatureKey, std::string> files;
    for (const std::string& name : names_in(directory))
      if (const auto file = parse_hwmon_file(name)) {
        std::string& chosen = files[{file->kind, file->number}];
        if (chosen.empty() || file->average) chosen = name;
      }
    return files;
  }

  void add_feature(const fs::path& directory, SensorFeature feature, const std::string& file) {
    const std::string base = file.substr(0, file.rfind('_'));
    const auto enabled = read_once(directory / (base + "_enable"), 16);
    if (enabled && enabled.value() == "0") {
      notes_.push_back(feature.chip + "/" + base + " left out: it is switched off");
      return;
    }
    const auto label = read_once(directory / (base + "_label"), 256);
    feature.label = label ? clean_label(label.value()) : std::string{};
    if (feature.label.empty()) feature.label = base;
    auto kept = KeptFile::open(directory / file, longest_value);
    if (!kept) {
      notes_.push_back(feature.chip + "/" + feature.label + " left out: " + kept.error().message);
      return;
    }
    features_.push_back(std::move(feature));
    files_.push_back(std::move(kept).value());
  }

  std::vector<SensorFeature> features_;
  std::vector<KeptFile> files_;
  std::vector<std::string> notes_;
};
}  // namespace

Result<std::unique_ptr<SensorReader>> open_hwmon_tree(const fs::path& sys) {
  auto tree = std::make_unique<HwmonTree>();
  for (const std::string& name : names_in(sys / "class/hwmon"))
    if (!name.starts_with('.')) tree->add_chip(sys / "class/hwmon" / name);
  return std::unique_ptr<SensorReader>{std::move(tree)};
}

std::optional<HwmonFile> parse_hwmon_file(std::string_view name) {
  HwmonFile file;
  const auto is = [&](std::string_view word, SensorKind kind) {
    if (!name.starts_with(word)) return false;
    name.remove_prefix(word.size());
    file.kind = kind;
    return true;
  };
  if (!is("power", SensorKind::power) && !is("energy", SensorKind::energy) &&
      !is("temp", SensorKind::temperature))
    return std::nullopt;
  const auto underscore = name.find('_');
  if (underscore == std::string_view::npos) return std::nullopt;
  const auto number = parse_number<std::uint32_t>(name.substr(0, underscore));
  if (!number) return std::nullopt;
  file.number = *number;
  const std::string_view what = name.substr(underscore + 1);
  file.average = what == "average" && file.kind == SensorKind::power;
  if (!file.average && what != "input") return std::nullopt;
  return file;
}

Result<double> parse_hwmon_value(SensorKind kind, std::string_view text) {
  const auto number = parse_number<std::int64_t>(trimmed(text));
  if (!number) return fail(Errc::malformed, "not a number: \"" + clean_label(text, 40) + "\"");
  return static_cast<double>(*number) / (kind == SensorKind::temperature ? 1e3 : 1e6);
}

}  // namespace sobriety::agent
