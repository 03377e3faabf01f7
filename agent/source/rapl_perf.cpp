#include "agent/source/rapl_perf.hpp"

#include "agent/source/file.hpp"
#include "proto/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace sobriety::agent {

namespace {
namespace fs = std::filesystem;

// The kernel extends the hardware's 32 bits itself, but only when somebody reads; its own timer is
// not relied upon.
constexpr std::chrono::seconds longest_gap{120};

constexpr const char* fix_denied =
    "counting events of a whole processor needs CAP_PERFMON (AmbientCapabilities=CAP_PERFMON in "
    "the unit), or kernel.perf_event_paranoid at 0 or below";

struct Event {
  std::string name;
  RaplDomain domain{};
  std::uint64_t config = 0;
  double joules = 0;  // of one count
};

// A processor of the cpumask and the die it stands for.
struct Place {
  unsigned cpu = 0;
  std::uint32_t socket = 0;
  std::uint32_t die = 0;
};

template <class Number>
std::optional<Number> number_in(const fs::path& file) {
  const auto text = read_once(file, 64);
  return text ? parse_number<Number>(text.value()) : std::nullopt;
}

Result<double> scale_of(const fs::path& event) {
  BOOST_OUTCOME_TRY(const std::string unit, read_once(event.native() + ".unit", 64));
  BOOST_OUTCOME_TRY(const std::string text, read_once(event.native() + ".scale", 64));
  double joules = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), joules);
  if (unit != "Joules" || error != std::errc{} || end != text.data() + text.size() ||
      !std::isfinite(joules) || joules <= 0 || joules > 1)
    return fail(Errc::broken, "its scale is not a part of a joule");
  return joules;
}

Result<Event> read_event(const fs::path& file, RaplDomain domain) {
  BOOST_OUTCOME_TRY(const std::string text, read_once(file, 64));
  const auto config = parse_event(text);
  if (!config) return fail(Errc::malformed, "it is not `event=` with a number");
  BOOST_OUTCOME_TRY(const double joules, scale_of(file));
  return Event{file.filename().native(), domain, *config, joules};
}

std::vector<Event> find_events(const fs::path& pmu, std::vector<std::string>& notes) {
  std::vector<Event> events;
  for (const std::string& name : names_in(pmu / "events", 256)) {
    const auto domain = domain_of_event(name);
    if (!domain) continue;
    const auto event = read_event(pmu / "events" / name, *domain);
    if (event)
      events.push_back(event.value());
    else
      notes.push_back(name + " left out: " + event.error().message);
  }
  return events;
}

Result<std::vector<Place>> find_places(const fs::path& sys, const fs::path& pmu) {
  BOOST_OUTCOME_TRY(const std::string mask, read_once(pmu / "cpumask"));
  const auto cpus = parse_cpu_list(mask);
  if (!cpus || cpus->empty())
    return fail(Errc::malformed, (pmu / "cpumask").native() + ": not a list of processors");
  std::vector<Place> places;
  for (const unsigned cpu : *cpus) {
    const fs::path topology =
        sys / "devices/system/cpu" / ("cpu" + std::to_string(cpu)) / "topology";
    const auto socket = number_in<std::uint32_t>(topology / "physical_package_id");
    if (!socket)
      return fail(Errc::broken, topology.native() + " does not tell the package of a processor");
    places.push_back({cpu, *socket, number_in<std::uint32_t>(topology / "die_id").value_or(0)});
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::pair{a.socket, a.die} < std::pair{b.socket, b.die};
  });
  return places;
}

class PerfReader final : public RaplReader {
 public:
  // `joules`: of one count of each event of the group.
  void add(std::unique_ptr<PerfGroup> group, std::vector<double> joules) {
    const std::size_t first = counts_.size();
    counts_.resize(first + joules.size());
    for (const double unit : joules) {
      units_.push_back(unit);
      group_of_.push_back(groups_.size());
    }
    groups_.push_back({std::move(group), first, joules.size(), success()});
  }

  // After the last add(): counters are asked for in another order than they were added.
  void set_order(std::vector<std::size_t> order) { order_ = std::move(order); }

  void refresh() override {
    for (Group& group : groups_)
      group.state = group.events->read(std::span{counts_}.subspan(group.first, group.size));
  }

  [[nodiscard]] Result<std::uint64_t> value(std::size_t counter) override {
    const std::size_t place = order_[counter];
    const Result<void>& state = groups_[group_of_[place]].state;
    if (!state) return state.error();
    return microjoules(counts_[place], units_[place]);
  }

 private:
  struct Group {
    std::unique_ptr<PerfGroup> events;
    std::size_t first;
    std::size_t size;
    Result<void> state;
  };

  std::vector<Group> groups_;
  std::vector<std::uint64_t> counts_;
  std::vector<double> units_;
  std::vector<std::size_t> group_of_;
  std::vector<std::size_t> order_;
};

// Opens the events of each place, and remembers why some could not be.
class Opening {
 public:
  Opening(PerfEvents& perf, std::uint32_t type, RaplBackend& found)
      : perf_(perf), type_(type), found_(found) {}

  void open(const Place& place, const std::vector<Event>& events, bool several_dies) {
    if (open_group(place, events, several_dies)) return;
    // One event that this processor does not have must not cost the others.
    for (const Event& event : events)
      if (const auto opened = open_group(place, {event}, several_dies); !opened) {
        if (opened.error().code == Errc::denied) ++denied_;
        found_.notes.push_back(event.name + " left out: " + opened.error().message);
      }
  }

  [[nodiscard]] std::size_t denied() const { return denied_; }

  [[nodiscard]] std::unique_ptr<RaplReader> finish() {
    std::vector<std::size_t> order(found_.counters.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return in_order(found_.counters[a].zone.name, found_.counters[b].zone.name);
    });
    std::vector<RaplCounter> sorted;
    for (const std::size_t place : order) sorted.push_back(std::move(found_.counters[place]));
    found_.counters = std::move(sorted);
    reader_->set_order(std::move(order));
    return std::move(reader_);
  }

 private:
  Result<void> open_group(const Place& place, const std::vector<Event>& events, bool several_dies) {
    std::vector<std::uint64_t> configs;
    std::vector<double> units;
    for (const Event& event : events) {
      configs.push_back(event.config);
      units.push_back(event.joules);
    }
    BOOST_OUTCOME_TRY(auto group, perf_.open(type_, place.cpu, configs));
    std::vector<std::uint64_t> counts(configs.size());
    BOOST_OUTCOME_TRYV(group->read(counts));
    for (const Event& event : events) {
      ZoneName name{event.domain, place.socket, {}};
      if (several_dies && event.domain != RaplDomain::psys) name.die = place.die;
      found_.counters.push_back(
          {zone_of(name), event.name + " of processor " + std::to_string(place.cpu)});
    }
    reader_->add(std::move(group), std::move(units));
    return success();
  }

  PerfEvents& perf_;
  std::uint32_t type_;
  RaplBackend& found_;
  std::unique_ptr<PerfReader> reader_ = std::make_unique<PerfReader>();
  std::size_t denied_ = 0;
};

bool has_several_dies(const std::vector<Place>& places) {
  return std::adjacent_find(places.begin(), places.end(), [](const Place& a, const Place& b) {
           return a.socket == b.socket;
         }) != places.end();
}
}  // namespace

std::optional<RaplDomain> domain_of_event(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, RaplDomain>, 5> names{{
      {"energy-pkg", RaplDomain::package},
      {"energy-cores", RaplDomain::core},
      {"energy-gpu", RaplDomain::uncore},
      {"energy-ram", RaplDomain::dram},
      {"energy-psys", RaplDomain::psys},
  }};
  const auto* row = std::find_if(names.begin(), names.end(),
                                 [&](const auto& known) { return known.first == name; });
  return row == names.end() ? std::nullopt : std::optional{row->second};
}

std::optional<std::uint64_t> parse_event(std::string_view text) {
  constexpr std::string_view prefix = "event=0x";
  text = trimmed(text);
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::uint64_t event = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), event, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return event;
}

std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text) {
  constexpr unsigned most = 65536;
  std::vector<unsigned> cpus;
  text = trimmed(text);
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view range = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const auto dash = range.find('-');
    const auto first = parse_number<unsigned>(range.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : parse_number<unsigned>(range.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= most ||
        cpus.size() + (*last - *first) >= most)
      return std::nullopt;
    for (unsigned cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

std::uint64_t microjoules(std::uint64_t count, double joules) {
  // 64 bits of mantissa: the microjoules of a count are whole for centuries.
  return static_cast<std::uint64_t>(static_cast<long double>(count) *
                                    static_cast<long double>(joules) * 1e6L);
}

RaplBackend find_rapl_perf(const fs::path& sys, PerfEvents& perf) {
  const fs::path pmu = sys / "bus/event_source/devices/power";
  RaplBackend found;
  found.name = "perf";
  found.longest_gap = longest_gap;
  found.counts_from_opening = true;
  const auto type = number_in<std::uint32_t>(pmu / "type");
  std::error_code error;
  if (!fs::exists(pmu, error)) {
    found.summary = "no PMU `power` below " + (sys / "bus/event_source/devices").native();
    return found;
  }
  found.status = SourceStatus::broken;
  const std::vector<Event> events = find_events(pmu, found.notes);
  if (!type || events.empty()) {
    found.summary = pmu.native() + (type ? " has no event of energy" : " has no type");
    return found;
  }
  const auto places = find_places(sys, pmu);
  if (!places) {
    found.summary = places.error().message;
    return found;
  }
  std::vector<Event> without_psys = events;
  std::erase_if(without_psys, [](const Event& event) { return event.domain == RaplDomain::psys; });
  Opening opening{perf, *type, found};
  std::set<std::uint32_t> sockets;
  for (const Place& place : places.value()) {
    // Every die of a socket would show the one platform.
    const bool first_of_socket = sockets.insert(place.socket).second;
    opening.open(place, first_of_socket ? events : without_psys, has_several_dies(places.value()));
  }
  if (opening.denied() > 0) found.fix = fix_denied;
  if (found.counters.empty()) {
    if (opening.denied() > 0) found.status = SourceStatus::denied;
    found.summary = "none of " + std::to_string(events.size()) + " events of energy can be counted";
    return found;
  }
  found.status = SourceStatus::found;
  found.reader = opening.finish();
  return found;
}

}  // namespace sobriety::agent
