// What the durable store costs: fills a new one with hours of some hosts, as a collector would, and
// prints the figures as JSON: bytes a host and year, CPU microseconds a record, seconds to open.
#include "collector/store/store.hpp"
#include "collector/store/verify.hpp"
#include "tests/support/ledger.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <random>

namespace {

using namespace sobriety;
using namespace sobriety::collector;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A desktop: on for ten hours of a day, off (lost, as long as nobody judges) for the rest.
Figures figures_of(unsigned hour, std::mt19937& random) {
  Figures figures;
  if (hour % 24 >= 10) {
    figures[Figure::ms_lost] = 3'600'000;
    return figures;
  }
  figures[Figure::ms_on] = 3'600'000;
  figures[Figure::uj_measured] = figures[Figure::uj_on] =
      3'600 * static_cast<std::int64_t>(25'000'000 + random() % 55'000'000);
  figures[Figure::uj_low] = figures[Figure::uj_on] / 100 * 97;
  figures[Figure::uj_high] = figures[Figure::uj_on] / 100 * 103;
  figures[Figure::ug_emitted] = figures[Figure::uj_on] / 72'000;
  figures[Figure::cost_micros] = figures[Figure::uj_on] / 18'000'000;
  return figures;
}

template <class T>
T checked(Result<T> result) {
  if (!result) {
    std::cerr << "store_year: " << result.error().message << '\n';
    std::exit(1);
  }
  return std::move(result.value());
}
void checked(Result<void> result) {
  if (result) return;
  std::cerr << "store_year: " << result.error().message << '\n';
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"Fills a store with hours of hosts and prints what that costs, as JSON.",
               "store_year"};
  StoreOptions options;
  unsigned hosts = 20;
  unsigned hours = 8'766;  // a year
  cli.add_option("--path", options.path, "the file, which must not be there")->required();
  cli.add_option("--hosts", hosts, "hosts")->capture_default_str();
  cli.add_option("--hours", hours, "hours of each host")->capture_default_str();
  CLI11_PARSE(cli, argc, argv);

  std::mt19937 random{1};
  auto store = checked(open_store(options, Access::own));
  std::vector<HostRecord> records;
  for (unsigned i = 0; i < hosts; ++i) {
    records.push_back(test::record_of(0, 1));
    std::memcpy(records.back().state.id.bytes.data(), &i, sizeof i);
    records.back().state.account.components = {{"package-0", 1, Microjoules{1}},
                                               {"package-0/dram", 1, Microjoules{1}}};
  }
  checked(store->commit(records));
  const auto size = [&options] {
    return static_cast<double>(std::filesystem::file_size(options.path));
  };
  const double cpu_before = cpu_seconds();
  for (unsigned hour = 0; hour < hours; ++hour) {
    for (HostRecord& record : records)
      record = test::next_of(record, test::some_hour + std::chrono::hours{hour},
                             figures_of(hour, random));
    checked(store->commit(records));
  }
  const double records_written = static_cast<double>(hosts) * hours;
  const double cpu = cpu_seconds() - cpu_before;
  store.reset();  // the log is written back
  const double bytes = size();

  double start = now();
  store = checked(open_store(options, Access::own));
  const double open_seconds = now() - start;
  start = now();
  const Verified verified = checked(verify(
      *store, [](const std::string& fault) { std::cerr << fault << '\n'; }, [](auto, auto) {}));
  const double verify_seconds = now() - start;
  std::printf(
      "{\"hosts\": %u, \"hours\": %u, \"bytes_per_host_year\": %.0f, "
      "\"us_per_record\": %.2f, \"bytes\": %.0f, \"open_seconds\": %.3f, "
      "\"verify_seconds\": %.3f, \"faults\": %zu}\n",
      hosts, hours, bytes / records_written * 8'766, cpu * 1e6 / records_written, bytes,
      open_seconds, verify_seconds, verified.faults);
  return verified.faults == 0 ? 0 : 1;
}
