#include "tests/support/player/host_tree.hpp"

#include "tests/support/player/playback.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <sstream>

namespace sobriety::player {

namespace {

constexpr std::string_view powercap = "sys/class/powercap";
constexpr std::string_view uptime_file = "proc/uptime";
constexpr std::string_view stat_file = "proc/stat";
// There whether the captured tree has them or not.
constexpr std::array<std::string_view, 4> directories{"", "proc", "sys", "sys/class"};
constexpr std::size_t longest_file = 1U << 20U;

bool contains(auto&& range, const auto& value) {
  return std::ranges::find(range, value) != std::ranges::end(range);
}

bool below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

// As the kernel writes it: seconds with two decimals, and the time idle, of which nobody asks.
std::string uptime_text(Elapsed uptime) {
  std::ostringstream text;
  text << uptime / std::chrono::seconds{1} << '.' << std::setw(2) << std::setfill('0')
       << uptime % std::chrono::seconds{1} / std::chrono::milliseconds{10} << " 0.00\n";
  return std::move(text).str();
}

std::string_view control_type(std::string_view zone) { return zone.substr(0, zone.find(':')); }

}  // namespace

HostTree::HostTree(Scenario scenario, std::filesystem::path captured, std::int64_t booted)
    : scenario_(std::move(scenario)), captured_(std::move(captured)), booted_(booted) {}

const Zone* HostTree::zone_at(std::string_view directory) const {
  const auto found = std::ranges::find(scenario_.zones, directory, &Zone::directory);
  return found == scenario_.zones.end() ? nullptr : &*found;
}

// The scenario's zones stand in for all that the captured tree has there.
bool HostTree::generated(std::string_view path) const {
  return !scenario_.zones.empty() && (path == powercap || below(path, powercap));
}

NodeKind HostTree::zone_node(std::string_view path, Elapsed monotonic) const {
  if (path == powercap) return NodeKind::directory;
  const std::string_view inside = path.substr(powercap.size() + 1);
  const std::string_view directory = inside.substr(0, inside.find('/'));
  const Zone* zone = zone_at(directory);
  if (zone == nullptr) {
    const bool control = std::ranges::any_of(
        scenario_.zones, [&](const Zone& each) { return control_type(each.directory) == inside; });
    return control ? NodeKind::directory : NodeKind::absent;
  }
  if (!present_at(scenario_, *zone, clock_.now(monotonic))) return NodeKind::absent;
  if (inside == directory) return NodeKind::directory;
  return std::holds_alternative<std::string>(read_zone(path, monotonic)) ||
                 error_at(scenario_, path, clock_.now(monotonic))
             ? NodeKind::file
             : NodeKind::absent;
}

NodeKind HostTree::kind(std::string_view path, Elapsed monotonic) const {
  if (contains(directories, path)) return NodeKind::directory;
  if (path == clock_file || path == uptime_file || path == stat_file) return NodeKind::file;
  if (generated(path)) return zone_node(path, monotonic);
  std::error_code error;
  switch (std::filesystem::symlink_status(captured_ / path, error).type()) {
    case std::filesystem::file_type::directory:
      return NodeKind::directory;
    case std::filesystem::file_type::regular:
      return NodeKind::file;
    case std::filesystem::file_type::symlink:
      return NodeKind::link;
    default:
      return NodeKind::absent;
  }
}

std::set<std::string> HostTree::names(std::string_view directory, Elapsed monotonic) const {
  std::set<std::string> names;
  std::error_code error;
  if (generated(directory)) {
    for (const Zone& zone : scenario_.zones) {
      names.emplace(zone.directory);
      names.emplace(control_type(zone.directory));
    }
    for (const char* file :
         {"name", "energy_uj", "max_energy_range_uj", "constraint_0_max_power_uw"})
      names.emplace(file);
  } else {
    for (const auto& entry : std::filesystem::directory_iterator{captured_ / directory, error})
      names.insert(entry.path().filename());
    if (directory.empty()) names.insert({"proc", "sys", std::string{clock_file}});
    if (directory == "proc") names.insert({"uptime", "stat"});
    if (directory == "sys") names.emplace("class");
    if (directory == "sys/class") names.emplace("powercap");
  }
  const std::string prefix = directory.empty() ? "" : std::string{directory} + "/";
  std::erase_if(names, [&](const std::string& name) {
    return kind(prefix + name, monotonic) == NodeKind::absent;
  });
  return names;
}

std::string HostTree::target(std::string_view link) const {
  std::error_code error;
  return std::filesystem::read_symlink(captured_ / link, error);
}

std::variant<std::string, int> HostTree::read(std::string_view path, Elapsed monotonic) {
  if (path == uptime_file) {
    const Elapsed awake = clock_.look(monotonic);
    if (const auto error = error_at(scenario_, path, awake)) return *error;
    return uptime_text(uptime_at(scenario_, awake));
  }
  const Elapsed awake = clock_.now(monotonic);
  if (const auto error = error_at(scenario_, path, awake)) return *error;
  if (path == clock_file) return uptime_text(uptime_at(scenario_, awake));
  if (generated(path)) return read_zone(path, monotonic);
  auto content = read_captured(path);
  if (path != stat_file) return content;
  const auto* text = std::get_if<std::string>(&content);
  return with_boot_time(text == nullptr ? "" : *text);
}

std::variant<std::string, int> HostTree::read_zone(std::string_view path, Elapsed monotonic) const {
  const Elapsed awake = clock_.now(monotonic);
  const std::string_view inside = path.substr(std::min(path.size(), powercap.size() + 1));
  const auto slash = inside.find('/');
  if (slash == std::string_view::npos) return EISDIR;
  const Zone* zone = zone_at(inside.substr(0, slash));
  if (zone == nullptr) return ENOENT;
  if (!present_at(scenario_, *zone, awake)) return ENODEV;  // to who has it open still
  const std::string_view file = inside.substr(slash + 1);
  if (file == "name") return zone->name + "\n";
  if (file == "energy_uj") return std::to_string(counter_at(scenario_, *zone, awake)) + "\n";
  if (file == "max_energy_range_uj") return std::to_string(zone->range) + "\n";
  if (file == "constraint_0_max_power_uw" && zone->max_power)
    return std::to_string(static_cast<std::uint64_t>(*zone->max_power * 1e6)) + "\n";
  return ENOENT;
}

std::variant<std::string, int> HostTree::read_captured(std::string_view path) const {
  std::ifstream file{captured_ / path, std::ios::binary};
  if (!file) return ENOENT;
  std::string text;
  text.resize(longest_file);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return EIO;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string HostTree::with_boot_time(std::string stat) const {
  constexpr std::string_view key = "btime ";
  std::istringstream lines{std::move(stat)};
  std::ostringstream text;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with(key)) text << line << '\n';
  text << key << booted_ << '\n';
  return std::move(text).str();
}

}  // namespace sobriety::player
