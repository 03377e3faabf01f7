#include "collector/report/options.hpp"

#include "collector/policy/calendar.hpp"

namespace sobriety::collector::report {

void read_report(yaml::Section section, ReportOptions& options) {
  section.read("organisation", options.organisation, {0, 200});
  section.read("country", options.country, {1, 100});
  section.read("time_zone", options.time_zone, {1, 100});
  if (const auto zone = zone_of(options); !zone) section.refuse("time_zone", zone.error().message);
}

void read_privacy(yaml::Section section, Privacy& privacy) {
  section.read("min_group_size", privacy.min_group_size, {1, 1000});
  section.read("host_detail", privacy.host_detail);
}

std::string describe(const ReportOptions& options) {
  return "report:\n  organisation: " + yaml::quoted_scalar(options.organisation) +
         "\n  country: " + yaml::quoted_scalar(options.country) +
         "\n  time_zone: " + yaml::quoted_scalar(options.time_zone) +
         "\nprivacy:\n  min_group_size: " + std::to_string(options.privacy.min_group_size) +
         "\n  host_detail: " + (options.privacy.host_detail ? "true" : "false") + "\n";
}

Result<policy::TimeZone> zone_of(const ReportOptions& options) {
  if (options.time_zone == "Europe/Paris") return policy::Calendar::standard().zone();
  return policy::TimeZone::load(options.time_zone);
}

}  // namespace sobriety::collector::report
