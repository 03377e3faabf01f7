// Carbon intensity of electricity by zone: grams of CO2 equivalent a kWh, with where they are from.
//
// Hourly factors where there are some, else the year's, else a configured constant. No factor is
// without source, year and scope.
#pragma once

#include "proto/base/result.hpp"
#include "proto/base/units.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

enum class FactorLevel : std::uint8_t { hourly, annual, constant };

[[nodiscard]] constexpr std::string_view to_string(FactorLevel level) {
  return level == FactorLevel::hourly   ? "hourly"
         : level == FactorLevel::annual ? "annual"
                                        : "constant";
}

struct Provenance {
  std::string source;  // "OWID", "RTE eCO2mix", …
  std::string scope;   // what the factor contains: "life cycle", "production, combustion only", …

  bool operator==(const Provenance&) const = default;
};

struct Factor {
  double grams_per_kwh = 0;
  FactorLevel level = FactorLevel::constant;
  int year = 0;  // that the figure is of
  std::shared_ptr<const Provenance> provenance;
};

// Hours without a factor between hours that have one.
struct Hole {
  std::chrono::sys_time<std::chrono::hours> from;
  std::chrono::sys_time<std::chrono::hours> to;

  bool operator==(const Hole&) const = default;
};

class CarbonZone {
 public:
  explicit CarbonZone(std::string name) : name_(std::move(name)) {}

  // Of the hour that begins at `hour`; of values within one hour the mean counts. Grams finite, >=
  // 0.
  void add_hourly(std::chrono::sys_time<std::chrono::hours> hour, double grams_per_kwh,
                  std::shared_ptr<const Provenance> provenance);
  void set_annual(int year, double grams_per_kwh, std::shared_ptr<const Provenance> provenance);
  void set_constant(int year, double grams_per_kwh, std::shared_ptr<const Provenance> provenance);

  // The hour's factor, else that of the newest year that is not after the instant's, else the
  // constant; nothing: no emissions can be told.
  [[nodiscard]] std::optional<Factor> factor_at(WallTime time) const;
  [[nodiscard]] std::vector<Hole> holes() const;

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  struct Hour {
    double sum = 0;
    unsigned values = 0;
    std::shared_ptr<const Provenance> provenance;
  };

  std::string name_;
  std::map<std::chrono::sys_time<std::chrono::hours>, Hour> hourly_;
  std::map<int, Factor> annual_;
  std::optional<Factor> constant_;
};

}  // namespace sobriety::collector::policy
