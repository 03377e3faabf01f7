// A store with a month of a large fleet, for the benchmark of the report: hosts of some sites and
// departments, each with all hours of the month, written day by day as they would come. Prints the
// inventory that says where each host belongs, as CSV.
#include "collector/policy/subject_text.hpp"
#include "collector/store/store.hpp"
#include "tests/support/ledger.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>

namespace {

using namespace sobriety;
using namespace sobriety::collector;
using enum Figure;

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::size_t hosts_a_commit = 500;
// October 2026 on the clock of Paris, which is set back in it.
constexpr Hour month_from =
    std::chrono::sys_days{std::chrono::year{2026} / 9 / 30} + std::chrono::hours{22};
constexpr unsigned month_days = 32;  // some hours more than the month: all of it is in whole days

void checked(Result<void> result) {
  if (result) return;
  std::cerr << "store_month: " << result.error().message << '\n';
  std::exit(1);
}

struct Kind {
  std::string_view name, chassis, product, cpu;
  std::uint16_t cpus;
  std::int64_t watts_active, watts_idle, watts_off;
  unsigned percent;  // of the fleet
};
constexpr std::array kinds{
    Kind{"pc", "desktop", "OptiPlex 7090", "Intel Core i5-10505", 12, 60, 28, 1, 60},
    Kind{"nb", "laptop", "Latitude 5430", "Intel Core i5-1245U", 12, 22, 9, 1, 30},
    Kind{"srv", "server", "PowerEdge R650", "Intel Xeon Gold 5318Y", 48, 310, 190, 8, 10}};

const Kind& kind_of(std::size_t host) {
  std::size_t place = host * 37 % 100;
  for (const Kind& kind : kinds) {
    if (place < kind.percent) return kind;
    place -= kind.percent;
  }
  return kinds.back();
}

// An hour of a machine: in use by day, left on in one of seven nights, else off.
Figures figures_of(const Kind& kind, Hour hour, std::mt19937& random) {
  const auto local = (hour - month_from).count();  // from a midnight that was a Thursday's
  const auto day = local / 24 % 7;
  const bool work = day != 2 && day != 3 && local % 24 >= 7 && local % 24 < 20;
  const bool server = kind.chassis == "server";
  const bool left_on = !server && !work && random() % 7 == 0;
  Figures of;
  const auto spend = [&](Figure ms, Figure ms_out, Figure uj, Figure uj_out, std::int64_t part,
                         std::int64_t watts) {
    of[ms] += part;
    const auto energy = part * 1000 * watts / 100 * static_cast<std::int64_t>(95 + random() % 11);
    of[uj] += energy;
    if (!work) of[ms_out] += part;
    if (!work) of[uj_out] += energy;
    return energy;
  };
  const auto busy = work ? static_cast<std::int64_t>(random() % hour_ms) : 0;
  if (work || server) {
    spend(ms_active, ms_active_out, uj_active, uj_active_out, busy, kind.watts_active);
    spend(ms_idle, ms_idle_out, uj_idle, uj_idle_out, hour_ms - busy, kind.watts_idle);
  } else if (left_on) {
    of[uj_waste] = spend(ms_idle, ms_idle_out, uj_idle, uj_idle_out, hour_ms, kind.watts_idle);
    of[uj_avoidable] = of[uj_waste] - hour_ms * 1000 * kind.watts_off;
    of[ms_waste] = of[ms_left_on] = hour_ms;
  } else {
    spend(ms_off, ms_off_out, uj_off, uj_off_out, hour_ms, kind.watts_off);
  }
  const auto energy = of.energy_by_state();
  of[server ? uj_measured : uj_estimated] = energy;
  of[uj_low] = energy / 100 * (server ? 97 : 60);
  of[uj_high] = energy / 100 * (server ? 103 : 140);
  of[samples] = left_on || work || server ? 720 : 0;
  of[ug_emitted] = energy / 81'000;
  of[cost_micros] = energy / 18'000'000;
  return of;
}

HostRecord host_record(std::size_t number) {
  const Kind& kind = kind_of(number);
  HostRecord record = test::record_of(0, 1);
  std::memcpy(record.state.id.bytes.data(), &number, sizeof number);
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%.*s-%05zu", static_cast<int>(kind.name.size()),
                kind.name.data(), number);
  record.state.name = name.data();
  policy::Subject subject;
  subject.facts.chassis = kind.chassis;
  subject.facts.product = kind.product;
  subject.facts.cpu_model = kind.cpu;
  subject.facts.cpus = kind.cpus;
  subject.facts.memory = std::uint64_t{16} << 30U;
  record.state.subject = policy::subject_text(subject);
  record.state.account.judge.first_seen = WallTime{month_from};
  record.state.account.components = {{"package-0", 1, Microjoules{1}},
                                     {"package-0/dram", 1, Microjoules{1}}};
  return record;
}

void next_day(HostRecord& record, const Kind& kind, unsigned day, std::mt19937& random) {
  record.before = record.state.place;
  ++record.state.place.seq;
  record.hours.clear();
  for (unsigned hour = 0; hour < 24; ++hour) {
    const Hour at = month_from + std::chrono::days{day} + std::chrono::hours{hour};
    const Figures figures = figures_of(kind, at, random);
    record.state.account.totals += figures;
    const auto method =
        figures[uj_measured] > 0 ? PowerMethod::external_meter : PowerMethod::rapl_generic;
    record.state.account.energy[static_cast<std::size_t>(method)] +=
        Microjoules{static_cast<std::uint64_t>(figures.energy_by_quality())};
    record.hours.push_back({at, figures});
  }
  record.state.account.last_seen = WallTime{record.hours.back().hour};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"Fills a store with October 2026 of a fleet and prints its inventory.",
               "store_month"};
  StoreOptions options;
  std::size_t hosts = 10'000;
  cli.add_option("--path", options.path, "the file, which must not be there")->required();
  cli.add_option("--hosts", hosts, "hosts")->capture_default_str();
  CLI11_PARSE(cli, argc, argv);

  auto opened = open_store(options, Access::own);
  if (!opened) checked(opened.error());
  const auto store = std::move(opened.value());
  std::mt19937 random{1};
  std::vector<HostRecord> fleet;
  std::cout << "Name,Entity,Location\n";
  for (std::size_t i = 0; i < hosts; ++i) {
    fleet.push_back(host_record(i));
    std::cout << fleet.back().state.name << ",department " << i / 40 % 12 << ",site " << i % 40
              << '\n';
  }
  checked(store->commit(fleet));
  for (unsigned day = 0; day < month_days; ++day) {
    std::cerr << "day " << day + 1 << " of " << month_days << '\n';
    for (std::size_t from = 0; from < fleet.size(); from += hosts_a_commit) {
      const auto part = std::span{fleet}.subspan(from, std::min(hosts_a_commit, hosts - from));
      for (std::size_t i = 0; i < part.size(); ++i)
        next_day(part[i], kind_of(from + i), day, random);
      checked(store->commit(part));
    }
  }
  return 0;
}
