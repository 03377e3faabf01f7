// Any bytes, read as each kind of table that a policy names, end in figures that hold what their
// readers promise, or in an error that names the file. The first byte chooses the reader.
#include "collector/policy/calibration.hpp"
#include "collector/policy/carbon_files.hpp"
#include "collector/policy/csv.hpp"
#include "collector/policy/holidays.hpp"
#include "collector/policy/inventory_files.hpp"
#include "tests/fuzz/promise.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace sobriety;
using namespace sobriety::collector::policy;
using fuzz::must;

template <class T>
bool read(const Result<T>& result) {
  if (!result) must(result.error().message.find("t.csv") == 0);
  return result.has_value();
}

void check_rows(std::string_view text) {
  auto csv = Csv::open(text, "t.csv");
  if (!read(csv)) return;
  for (std::size_t line = 0;;) {
    const auto more = csv.value().next();
    if (!read(more) || !more.value()) return;
    must(csv.value().line() > line);
    line = csv.value().line();
    for (std::size_t i = 0; i < csv.value().columns().size(); ++i) {
      const auto number = csv.value().number(i);
      must(!number || std::isfinite(*number));
    }
  }
}

void check_carbon(const CarbonFormat& format, std::string_view text) {
  const auto series = format.read(text, "t.csv", {"FR", true});
  if (!read(series)) return;
  const auto& readings = series.value().readings;
  must(!readings.empty());
  CarbonZone zone{"FR"};
  for (std::size_t i = 0; i < readings.size(); ++i) {
    must(readings[i].grams_per_kwh >= 0 && readings[i].grams_per_kwh <= 5000);
    must(readings[i].provenance && !readings[i].provenance->source.empty());
    must(i == 0 || readings[i].time > readings[i - 1].time);
    zone.add_hourly(std::chrono::floor<std::chrono::hours>(readings[i].time),
                    readings[i].grams_per_kwh, readings[i].provenance);
    must(zone.factor_at(readings[i].time)->level == FactorLevel::hourly);
  }
}

void check_timed(std::string_view text) {
  const auto values = read_timed(text, "t.csv", "watts");
  if (!read(values)) return;
  const auto pairs = pair_up(values.value(), values.value());
  for (const auto& [rapl, wall] : pairs) must(rapl >= 0 && wall >= 0);
  const auto found = calibrate(pairs);
  must(found || !found.error().message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0]) {
    case 'c':
      check_rows(text);
      break;
    case 'p':
      check_carbon(carbon_formats()[0], text);
      break;
    case 'm':
      check_carbon(carbon_formats()[1], text);
      break;
    case 'e':
      check_carbon(carbon_formats()[2], text);
      break;
    case 'o':
      read(read_owid(text, "t.csv", "FRA"));
      break;
    case 'i':
      read(read_inventory(text, "t.csv", {}));
      break;
    case 'h':
      read(read_headcounts(text, "t.csv"));
      break;
    case 't':
      check_timed(text);
      break;
    case 'd': {
      Holidays holidays;
      read(holidays.add_list(text, "t.csv"));
      break;
    }
    default:
      break;
  }
  return 0;
}
