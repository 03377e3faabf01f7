#include "collector/expose/host_writer.hpp"

#include "collector/fleet/account.hpp"
#include "collector/fleet/shard.hpp"
#include "proto/base/decimal.hpp"
#include "proto/model/signal.hpp"
#include "proto/wire/frame.hpp"
#include "tests/support/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using test::batch_of;
using testing::HasSubstr;

// What a machine has to say, in all signals that there are, and what follows from it.
struct Machine {
  std::string name;
  std::vector<Series> series;
  std::vector<Cell> first;
  std::vector<Cell> last;       // 30 s later
  Cell cpu_usage = no_value;    // 1/10000
  Cell wall_energy = no_value;  // microjoules
  Cell wall_power = no_value;   // milliwatts
  std::string method;
  Cell low = no_value;  // milliwatts
  Cell high = no_value;
  bool silent = false;
};

// Binary fractions, so that a double holds them exactly.
constexpr Cell quarter_second = 25;           // centiseconds
constexpr Cell sixty_fourth_joule = 15'625;   // microjoules
constexpr Cell sixty_fourth_second = 15'625;  // microseconds
constexpr Cell eighth_degree = 125;           // millidegrees

Series of(SignalId id, std::string instance) {
  return {id, std::move(instance), EnergyScope::none, ""};
}

Machine server(std::string name) {
  Machine machine;
  machine.name = std::move(name);
  // Not in the catalogue's order, and with a signal of a newer agent.
  machine.series = {of(SignalId::disk_bytes, "read"),
                    test::cpu("user"),
                    test::cpu("idle"),
                    test::meter("package-0", EnergyScope::cpu),
                    test::wall_meter(),
                    of(static_cast<SignalId>(77), "of a newer agent"),
                    of(SignalId::disk_bytes, "write"),
                    of(SignalId::network_bytes, "receive"),
                    of(SignalId::temperature, "coretemp \"Package id 0\" \\ é"),
                    of(SignalId::source_status, "cpu"),
                    of(SignalId::source_status, "rapl"),
                    of(SignalId::source_reads, "cpu"),
                    of(SignalId::source_failures, "cpu"),
                    of(SignalId::source_duration, "cpu"),
                    of(SignalId::discontinuities, "cpu"),
                    of(SignalId::agent_cpu, ""),
                    of(SignalId::agent_resident, ""),
                    of(SignalId::agent_sent, ""),
                    of(SignalId::spool_bytes, ""),
                    of(SignalId::spool_dropped, "")};
  machine.first = {7, 1000 * quarter_second, 9000 * quarter_second, 0, 0, 1, 1, 1};
  machine.first.resize(machine.series.size(), no_value);
  machine.last = {1'234'567'890'123,
                  1030 * quarter_second,
                  9090 * quarter_second,
                  3 * sixty_fourth_joule,
                  6'003'750'000,
                  5,
                  0,
                  no_value,
                  45'000 + eighth_degree,
                  static_cast<Cell>(SourceStatus::found),
                  static_cast<Cell>(SourceStatus::denied),
                  12,
                  1,
                  3 * sixty_fourth_second,
                  2,
                  -sixty_fourth_second,
                  9'437'184,
                  4'096,
                  0,
                  18};
  machine.cpu_usage = 2'500;  // 30 of 120 quarters
  machine.wall_energy = 6'003'750'000;
  machine.wall_power = 200'125;  // 6003.75 J in 30 s
  machine.method = "external_meter";
  machine.low = 194'121;  // 3 % of 200.125 W
  machine.high = 206'129;
  return machine;
}

Machine guest(std::string name) {
  Machine machine;
  machine.name = std::move(name);
  machine.series = {test::cpu("user"), test::cpu("nice"), test::cpu("idle")};
  machine.first = {0, 0, 0};
  machine.last = {quarter_second, 0, 3 * quarter_second};
  machine.cpu_usage = 2'500;
  // A rack server's profile: 110 W + 0.25 x 260 W = 175 W for 30 s.
  machine.wall_energy = 5'250'000'000;
  machine.wall_power = 175'000;
  machine.method = "profile";
  machine.low = 87'500;
  machine.high = 350'000;
  return machine;
}

class Fleet {
 public:
  explicit Fleet(std::vector<Machine> machines) : machines_(std::move(machines)) {
    const Steady::time_point now{};
    for (std::uint8_t i = 0; i < machines_.size(); ++i) {
      const Machine& machine = machines_[i];
      Host& host =
          shard_.introduce(test::hello_of(i, 1, machine.name), test::boot_wall - 250ms, now);
      shard_.adopt(host, test::inventory_of(machine.series));
      apply(host, batch_of(1, {{10'000ms, machine.first}, {40'000ms, machine.last}}),
            test::arrival);
      host.stored = host.applied;
      publish(host, host.pending->row, host.layout);
      host.last_arrival = now + (machine.silent ? 0s : 100s);
    }
    shard_.judge_silence(now + 120s);
  }

  [[nodiscard]] const std::deque<Host>& hosts() const { return shard_.hosts(); }
  Host& host(std::uint8_t number) {
    return shard_.introduce(test::hello_of(number, 1, machines_[number].name), test::boot_wall, {});
  }

  [[nodiscard]] std::string ours(std::size_t piece) const {
    std::string text;
    for (const Metric& row : metrics()) {
      write_header(text, row);
      for (std::size_t at = 0; at < hosts().size();)
        at = write_hosts(text, row.id, hosts(), at, piece);
    }
    return text;
  }

  // The same by prometheus-cpp, from the catalogue, the inventories and the values.
  [[nodiscard]] std::string theirs() const {
    std::vector<prometheus::MetricFamily> families;
    for (const Metric& row : metrics()) {
      prometheus::MetricFamily family;
      family.name = row.name;
      family.help = row.help;
      family.type = row.kind == MetricKind::counter ? prometheus::MetricType::Counter
                                                    : prometheus::MetricType::Gauge;
      for (std::size_t i = 0; i < machines_.size(); ++i) {
        if (machines_[i].silent && !row.survives_silence) continue;
        add(family, row, machines_[i], static_cast<std::uint8_t>(i));
      }
      families.push_back(std::move(family));
    }
    return prometheus::TextSerializer{}.Serialize(families);
  }

 private:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  static void add(prometheus::MetricFamily& family, const Metric& row, const Machine& machine,
                  std::uint8_t number) {
    const auto put = [&](Labels more, Cell value) {
      if (value == no_value) return;
      prometheus::ClientMetric metric;
      metric.label = {{"host", machine.name}};
      metric.label.insert(metric.label.end(), more.begin(), more.end());
      metric.counter.value = metric.gauge.value = decimal_value(value, row.decimals);
      family.metric.push_back(std::move(metric));
    };
    const std::string label{row.label};
    switch (row.id) {
      case MetricId::host_up:
        return put({}, machine.silent ? 0 : 1);
      case MetricId::host_info:
        return put({{"id", test::id<HostId>(number).hex()},
                    {"site", "unassigned"},
                    {"department", "unassigned"},
                    {"role", "server"},
                    {"agent_version", "1.2.3"},
                    {"os", "Debian 12"},
                    {"kernel", "6.1.0"},
                    {"cpu_model", "Some CPU"},
                    {"cpus", "8"},
                    {"memory_bytes", "16000000000"},
                    {"chassis", "server"},
                    {"virtualization", "none"},
                    {"product", "R740"}},
                   1);
      case MetricId::host_boot_time:
        return put({}, 1'700'000'000'000);
      case MetricId::host_uptime:
        return put({}, 40'000);
      case MetricId::host_last_seen:
        return put({}, 1'700'000'040'000);
      case MetricId::host_cpu_usage:
        return put({}, machine.cpu_usage);
      case MetricId::host_clock_skew:
        return put({}, 250);
      case MetricId::host_energy:
        return put({{label, machine.method}}, machine.wall_energy);
      case MetricId::host_power:
        return put({{label, machine.method}}, machine.wall_power);
      case MetricId::host_power_bound:
        put({{label, "low"}}, machine.low);
        return put({{label, "high"}}, machine.high);
      case MetricId::host_state:
        return put({{label, machine.silent ? "lost" : "active"}}, 1);
      case MetricId::host_state_since:
        return put({}, machine.silent ? 1'700'000'040'000 : 1'700'000'010'000);
      case MetricId::host_verdict:
        return put({{label, "unknown"}}, 1);
      case MetricId::host_signal_available:  // no minute is full yet
        for (std::size_t sign = 0; sign < sign_count; ++sign)
          put({{label, std::string{to_string(static_cast<Sign>(sign))}}}, 0);
        return;
      case MetricId::host_state_time:  // 22:13 UTC
        return put({{label, "active"}, {"period", "off_hours"}}, 30'000);
      case MetricId::host_state_energy:
        return put({{label, "active"}, {"period", "off_hours"}}, machine.wall_energy);
      case MetricId::host_scope_energy:
        // These machines have one meter a scope.
        for (const EnergyScope scope : shown_scopes)
          for (std::size_t column = 0; column < machine.series.size(); ++column)
            if (machine.series[column].signal == SignalId::component_energy &&
                machine.series[column].scope == scope)
              put({{label, std::string{to_string(scope)}}}, machine.last[column]);
        return;
      default:
        break;
    }
    for (std::size_t column = 0; column < machine.series.size(); ++column) {
      const Series& series = machine.series[column];
      const Signal* known = find_signal(static_cast<std::uint32_t>(series.signal));
      if (known == nullptr || known->metric != row.id) continue;
      Labels labels;
      if (!label.empty()) labels.push_back({label, series.instance});
      if (row.id != MetricId::host_source_status) {
        put(labels, machine.last[column]);
      } else if (machine.last[column] != no_value) {
        labels.push_back(
            {"status", std::string{to_string(static_cast<SourceStatus>(machine.last[column]))}});
        put(labels, 1);
      }
    }
  }

  std::vector<Machine> machines_;
  Names names_;
  Shard shard_{names_, 3};
};

std::vector<Machine> awkward_machines() {
  std::vector<Machine> machines{server("web-1"),     guest("say \"hi\""), server("back\\slash\\"),
                                guest("été-服务器"), server("{},=\" #"),  guest("gone"),
                                server("gone too"),  guest("last")};
  for (Machine& machine : machines) machine.silent = machine.name.starts_with("gone");
  return machines;
}

TEST(HostWriter, writes_the_same_bytes_as_prometheus_cpp) {
  Fleet fleet{awkward_machines()};
  const std::string text = fleet.ours(64 * 1024);
  EXPECT_THAT(text, HasSubstr("{host=\"web-1\",method=\"external_meter\"} 200.125\n"));
  EXPECT_EQ(text, fleet.theirs());
}

TEST(HostWriter, gives_the_same_text_in_pieces_of_any_size) {
  Fleet fleet{awkward_machines()};
  const std::string whole = fleet.ours(1 << 20);
  for (const std::size_t piece : {1U, 2U, 63U, 64U, 65U, 100U, 150U, 333U, 1000U, 4096U, 10'000U})
    EXPECT_EQ(fleet.ours(piece), whole) << piece;
}

TEST(HostWriter, values_that_no_double_holds_are_read_back_as_the_nearest_one) {
  const Cell values[] = {
      700'432'462'000'000,  1,         9, 12, 123'456'789, 999'999'999'999'999, -1,
      -700'432'462'000'001, 10'000'001};
  for (const Cell value : values) {
    Machine machine = guest("odd");
    machine.series = {of(SignalId::agent_cpu, "")};
    machine.first = machine.last = {value};
    Fleet fleet{{machine}};
    std::string line;
    write_hosts(line, MetricId::host_agent_cpu, fleet.hosts(), 0, 1000);
    const auto number = line.find("} ");
    ASSERT_NE(number, std::string::npos) << line;
    EXPECT_EQ(std::strtod(line.c_str() + number + 2, nullptr), decimal_value(value, 6)) << line;
  }
}

TEST(HostWriter, keeps_each_family_together_behind_its_header) {
  Fleet fleet{awkward_machines()};
  std::map<std::string, int> headers;
  std::string family;
  std::istringstream lines{fleet.ours(100)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_EQ(++headers[family], 1) << family;
    } else if (!line.starts_with("# TYPE ")) {
      EXPECT_EQ(line.substr(0, line.find('{')), family);
    }
  }
  EXPECT_EQ(headers.size(), metric_count);
}

TEST(HostWriter, a_silent_host_keeps_only_the_rows_that_survive_silence) {
  Machine machine = server("gone");
  machine.silent = true;
  Fleet fleet{{machine}};
  for (const Metric& row : metrics()) {
    if (row.id == MetricId::host_coverage || row.id == MetricId::host_exemption_expiry ||
        row.id == MetricId::host_avoidable_energy || row.id == MetricId::host_emissions)
      continue;  // this host has no day behind it, no exemption, no factor, and was never idle
    std::string lines;
    EXPECT_EQ(write_hosts(lines, row.id, fleet.hosts(), 0, 1000), 1U);
    EXPECT_EQ(lines.empty(), !row.survives_silence) << row.name << '\n' << lines;
  }
  std::string up;
  write_hosts(up, MetricId::host_up, fleet.hosts(), 0, 1000);
  EXPECT_EQ(up, "sobriety_host_up{host=\"gone\"} 0\n");
}

TEST(HostWriter, a_host_whose_inventory_is_not_known_yet_has_no_lines) {
  Names names;
  Shard shard{names, 3};
  shard.introduce(test::hello_of(1), test::boot_wall, {});
  std::string text;
  for (const Metric& row : metrics())
    EXPECT_EQ(write_hosts(text, row.id, shard.hosts(), 0, 1000), 1U);
  EXPECT_EQ(text, "");
}

TEST(HostWriter, appends_and_leaves_alone_what_was_there) {
  Fleet fleet{{guest("a")}};
  std::string text = "before\n";
  write_hosts(text, MetricId::host_up, fleet.hosts(), 0, 1000);
  EXPECT_EQ(text, "before\nsobriety_host_up{host=\"a\"} 1\n");
}

TEST(HostWriter, writes_pieces_of_several_families_that_say_where_each_ends) {
  Fleet fleet{awkward_machines()};
  for (const std::size_t limit : {1U, 100U, 1'000U, 5'000U, 1'000'000U}) {
    std::array<std::string, metric_count> families;
    HostsPiece piece;
    while (!piece.done()) {
      const std::size_t first = piece.family;
      write_piece(piece, fleet.hosts(), limit, {});
      std::size_t at = 0;
      for (std::size_t family = first; family < piece.family; ++family) {
        families[family] += piece.text.substr(at, piece.ends[family] - at);
        at = piece.ends[family];
      }
      if (!piece.done()) families[piece.family] += piece.text.substr(at);
      EXPECT_LT(piece.text.size(), limit + 1'000);
    }
    for (std::size_t family = 0; family < metric_count; ++family) {
      std::string whole;
      write_hosts(whole, static_cast<MetricId>(family), fleet.hosts(), 0, 1 << 20);
      EXPECT_EQ(families[family], whole) << limit;
    }
  }
}

TEST(HostWriter, parts_of_the_fleet_are_the_whole_fleet) {
  std::vector<Machine> machines;
  for (int i = 0; i < 40; ++i) machines.push_back(guest("host-" + std::to_string(i)));
  Fleet fleet{machines};
  const auto lines = [&fleet](Slice slice) {
    std::string text;
    write_hosts(text, MetricId::host_up, fleet.hosts(), 0, 1 << 20, {slice});
    std::set<std::string> found;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) found.insert(line);
    return found;
  };
  std::set<std::string> all;
  for (std::uint32_t index = 0; index < 3; ++index) {
    const auto part = lines({index, 3});
    EXPECT_GT(part.size(), 5U);
    for (const std::string& line : part) EXPECT_TRUE(all.insert(line).second) << line;
  }
  EXPECT_EQ(all, lines({}));
  EXPECT_EQ(all.size(), 40U);
}

TEST(HostWriter, shows_what_a_host_emitted_by_the_source_of_the_factor_also_while_it_is_silent) {
  Fleet fleet{{guest("pc"), guest("none")}};
  Host& host = fleet.host(0);
  host.shown_emissions = {{"RTE \"2026\"", 1'500'000}, {"OWID", 40'000'000}};
  const auto lines = [&fleet] {
    std::string text;
    write_hosts(text, MetricId::host_emissions, fleet.hosts(), 0, 1 << 20);
    return text;
  };
  const std::string expected =
      "sobriety_host_emissions_grams_total{host=\"pc\",factor_source=\"RTE \\\"2026\\\"\"} 1.5\n"
      "sobriety_host_emissions_grams_total{host=\"pc\",factor_source=\"OWID\"} 40\n";
  EXPECT_EQ(lines(), expected);
  set_up(host, false);
  EXPECT_EQ(lines(), expected);
}

TEST(HostWriter, without_host_detail_no_machine_that_people_sit_at_has_a_line) {
  Fleet fleet{{guest("pc"), guest("server")}};
  Host& desk = fleet.host(0);
  policy::HostPolicy policy = *desk.policy;
  policy.group.role = policy::Role::workstation;
  desk.policy = std::make_shared<const policy::HostPolicy>(std::move(policy));
  desk.shown_emissions = {{"OWID", 1}};
  for (const Metric& row : metrics()) {
    std::string all, without;
    write_hosts(all, row.id, fleet.hosts(), 0, 1 << 20);
    write_hosts(without, row.id, fleet.hosts(), 0, 1 << 20, {{}, false});
    EXPECT_THAT(without, testing::Not(HasSubstr("host=\"pc\""))) << row.name;
    if (row.id != MetricId::host_up) continue;
    EXPECT_THAT(all, HasSubstr("host=\"pc\""));
    EXPECT_THAT(without, HasSubstr("host=\"server\""));
  }
}

TEST(HostWriter, help_texts_need_no_escaping) {
  for (const Metric& row : metrics())
    EXPECT_EQ(row.help.find_first_of("\\\"\n"), std::string_view::npos) << row.name;
}

TEST(HostWriter, a_name_that_would_break_a_line_does_not_come_through_the_wire) {
  for (const std::string name : {"two\nlines", "carriage\rreturn", "\x7f", "not \xff utf-8"}) {
    std::string bytes;
    wire::append(bytes, test::hello_of(1, 1, name));
    EXPECT_EQ(wire::decode_hello(std::string_view{bytes}.substr(wire::header_size)).error().code,
              Errc::malformed)
        << name;
  }
}

}  // namespace
}  // namespace sobriety::collector
