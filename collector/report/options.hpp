// What the configuration says of reports and of privacy: sections `report` and `privacy`.
#pragma once

#include "collector/policy/time_zone.hpp"
#include "collector/report/input.hpp"
#include "proto/runtime/yaml_reader.hpp"

#include <string>

namespace sobriety::collector::report {

struct ReportOptions {
  std::string organisation;
  std::string country = "France";
  std::string time_zone = "Europe/Paris";
  Privacy privacy;

  bool operator==(const ReportOptions&) const = default;
};

void read_report(yaml::Section section, ReportOptions& options);
void read_privacy(yaml::Section section, Privacy& privacy);
// Both sections as YAML that reads back as the same.
[[nodiscard]] std::string describe(const ReportOptions& options);

// The clock of the options. Europe/Paris is known without the files of the tz database.
[[nodiscard]] Result<policy::TimeZone> zone_of(const ReportOptions& options);

}  // namespace sobriety::collector::report
