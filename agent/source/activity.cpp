#include "agent/source/activity.hpp"

#include "agent/source/file.hpp"
#include "proto/base/text.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <map>
#include <utility>

namespace sobriety::agent {

namespace {
// One file a device and direction costs less than /proc/net/dev and /proc/diskstats, which also
// tell every container's interface and every partition (3.4 and 2.2 us against 4.4 and 4.2 us, with
// one interface of four and one disk of ten being physical).
constexpr std::size_t longest_count = 64;
constexpr std::size_t longest_stat = 512;
constexpr std::size_t most_devices = 512;

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 62;

struct Counts {
  Tally in;   // received, read
  Tally out;  // sent, written
};

struct Interface {
  std::string name;
  KeptFile received;
  KeptFile sent;
  Counts counts;
  bool failing = false;
};

struct Disk {
  std::string name;
  KeptFile stat;
  Counts counts;
  bool failing = false;
};

Result<std::uint64_t> count_in(KeptFile& file) {
  const auto text = file.read();
  if (!text) return text.error();
  const auto bytes = parse_number<std::uint64_t>(trimmed(text.value()));
  if (!bytes || *bytes > most_bytes)
    return fail(Errc::malformed, file.path().native() + ": not a number of bytes");
  return *bytes;
}

Result<void> advance(Interface& interface) {
  BOOST_OUTCOME_TRY(const std::uint64_t received, count_in(interface.received));
  BOOST_OUTCOME_TRY(const std::uint64_t sent, count_in(interface.sent));
  interface.counts.in.advance(received);
  interface.counts.out.advance(sent);
  return success();
}

Result<void> advance(Disk& disk) {
  const auto text = disk.stat.read();
  if (!text) return text.error();
  const auto bytes = parse_disk_stat(text.value());
  if (!bytes)
    return fail(Errc::malformed, disk.stat.path().native() + ": not the statistics of a disk");
  disk.counts.in.advance(bytes->read);
  disk.counts.out.advance(bytes->written);
  return success();
}

class ActivitySource final : public Source {
 public:
  ActivitySource(std::vector<Interface> interfaces, std::vector<Disk> disks)
      : interfaces_(std::move(interfaces)), disks_(std::move(disks)) {
    if (!interfaces_.empty()) add_pair(SignalId::network_bytes, "receive", "transmit");
    if (!disks_.empty()) add_pair(SignalId::disk_bytes, "read", "write");
  }

  [[nodiscard]] std::span<const Series> series() const override { return series_; }

  ReadOutcome read(const Instant&, std::span<Cell> cells) override {
    ReadOutcome outcome;
    std::size_t column = 0;
    if (!interfaces_.empty()) column = fill(interfaces_, gone_interfaces_, cells, column, outcome);
    if (!disks_.empty()) fill(disks_, gone_disks_, cells, column, outcome);
    return outcome;
  }

  // The sums must not fall when a device is unplugged, nor count it anew when it is back.
  void take_over(Source& previous) override {
    auto* before = dynamic_cast<ActivitySource*>(&previous);
    if (before == nullptr) return;
    take_over(before->interfaces_, std::move(before->gone_interfaces_), interfaces_,
              gone_interfaces_);
    take_over(before->disks_, std::move(before->gone_disks_), disks_, gone_disks_);
  }

 private:
  using Gone = std::map<std::string, Counts>;

  void add_pair(SignalId signal, const char* in, const char* out) {
    series_.push_back({signal, in, {}, {}});
    series_.push_back({signal, out, {}, {}});
  }

  template <class Device>
  static std::size_t fill(std::vector<Device>& devices, const Gone& gone, std::span<Cell> cells,
                          std::size_t column, ReadOutcome& outcome) {
    std::uint64_t in = 0;
    std::uint64_t out = 0;
    for (const auto& [name, counts] : gone) {
      in += counts.in.total();
      out += counts.out.total();
    }
    for (Device& device : devices) {
      const auto done = advance(device);
      if (!done) {
        ++outcome.failures;
        if (!std::exchange(device.failing, true)) {
          spdlog::warn("activity: {}", done.error().message);
          outcome.rescan = true;
        }
      }
      in += device.counts.in.total();
      out += device.counts.out.total();
    }
    cells[column] = static_cast<Cell>(in);
    cells[column + 1] = static_cast<Cell>(out);
    return column + 2;
  }

  template <class Device>
  static void take_over(const std::vector<Device>& before, Gone&& gone_before,
                        std::vector<Device>& devices, Gone& gone) {
    gone = std::move(gone_before);
    for (const Device& device : before) gone.insert_or_assign(device.name, device.counts);
    for (Device& device : devices)
      if (const auto kept = gone.extract(device.name)) device.counts = kept.mapped();
  }

  std::vector<Interface> interfaces_;
  std::vector<Disk> disks_;
  Gone gone_interfaces_;
  Gone gone_disks_;
  std::vector<Series> series_;
};

bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// A virtual function's bytes pass through the physical function's counters too.
bool is_physical_interface(const std::filesystem::path& interface) {
  return is_there(interface / "device") && !is_there(interface / "device/physfn");
}

// `hidden`: one path of several to the same NVMe disk.
bool is_physical_disk(const std::filesystem::path& disk) {
  if (!is_there(disk / "device")) return false;
  const auto hidden = read_once(disk / "hidden", 8);
  return !hidden || hidden.value() != "1";
}

std::vector<Interface> find_interfaces(const std::filesystem::path& sys, Discovery& found) {
  std::vector<Interface> interfaces;
  for (const std::string& name : names_in(sys / "class/net")) {
    const std::filesystem::path directory = sys / "class/net" / name;
    if (!is_physical_interface(directory) || interfaces.size() == most_devices) continue;
    auto received = KeptFile::open(directory / "statistics/rx_bytes", longest_count);
    auto sent = KeptFile::open(directory / "statistics/tx_bytes", longest_count);
    if (!received || !sent) {
      found.notes.push_back(
          name + " left out: " + (received ? sent.error().message : received.error().message));
      continue;
    }
    interfaces.push_back(
        {name, std::move(received).value(), std::move(sent).value(), Counts{}, false});
  }
  return interfaces;
}

std::vector<Disk> find_disks(const std::filesystem::path& sys, Discovery& found) {
  std::vector<Disk> disks;
  for (const std::string& name : names_in(sys / "block")) {
    if (!is_physical_disk(sys / "block" / name) || disks.size() == most_devices) continue;
    auto stat = KeptFile::open(sys / "block" / name / "stat", longest_stat);
    if (!stat) {
      found.notes.push_back(name + " left out: " + stat.error().message);
      continue;
    }
    disks.push_back({name, std::move(stat).value(), Counts{}, false});
  }
  return disks;
}

template <class Device>
std::string names_of(const std::vector<Device>& devices) {
  std::string names;
  for (const Device& device : devices) names += (names.empty() ? "" : ", ") + device.name;
  return names.empty() ? "none" : names;
}
}  // namespace

std::optional<DiskBytes> parse_disk_stat(std::string_view text) {
  text = trimmed(text);
  std::array<std::uint64_t, 7> fields;
  for (std::uint64_t& field : fields) {
    const auto number = parse_number<std::uint64_t>(next_word(text));
    if (!number) return std::nullopt;
    field = *number;
  }
  constexpr std::uint64_t sector = 512;
  const std::uint64_t read = fields[2];
  const std::uint64_t written = fields[6];
  if (read > most_bytes / sector || written > most_bytes / sector) return std::nullopt;
  return DiskBytes{read * sector, written * sector};
}

Discovery discover_activity(const Roots& roots, const SourceOptions&) {
  Discovery found;
  auto interfaces = find_interfaces(roots.sys, found);
  auto disks = find_disks(roots.sys, found);
  if (interfaces.empty() && disks.empty()) {
    found.summary = "no physical network interface and no physical disk";
    return found;
  }
  found.status = SourceStatus::found;
  found.summary = "network interfaces: " + names_of(interfaces) + "; disks: " + names_of(disks);
  found.source = std::make_unique<ActivitySource>(std::move(interfaces), std::move(disks));
  return found;
}

}  // namespace sobriety::agent
