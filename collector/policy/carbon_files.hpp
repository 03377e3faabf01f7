// Readers of files of carbon intensity, each to the same series. An error names file and line.
//
// What has no figure (null in exports, and 0 in éCO2mix, where it means the same) is dropped and
// counted: it leaves a hole, never a zero.
#pragma once

#include "collector/policy/carbon.hpp"
#include "proto/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

struct CarbonReading {
  std::chrono::sys_seconds time;
  double grams_per_kwh = 0;
  std::shared_ptr<const Provenance> provenance;
};

struct CarbonSeries {
  std::vector<CarbonReading> readings;  // in order of time, each time once
  std::size_t dropped = 0;              // rows of the zone that have no figure
};

struct CarbonQuery {
  std::string zone;        // as the file calls it
  bool life_cycle = true;  // else direct emissions, where a file has both
};

struct CarbonFormat {
  std::string_view name;
  Result<CarbonSeries> (*read)(std::string_view text, const std::string& file,
                               const CarbonQuery& query);
};

// THE list: plain, electricity_maps, eco2mix.
[[nodiscard]] std::span<const CarbonFormat> carbon_formats();

// Years of an entity in OWID's `Entity,Code,Year,<figure>`; `code` is that of the country or, where
// there is none, the entity's name.
[[nodiscard]] Result<std::map<int, double>> read_owid(std::string_view text,
                                                      const std::string& file,
                                                      std::string_view code);

}  // namespace sobriety::collector::policy
