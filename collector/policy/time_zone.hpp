// A time zone of the tz database: what a clock on the wall shows at an instant.
//
// Read from a TZif file (RFC 8536) or from a rule of POSIX' TZ variable. Debian's date library is
// not used because its version ignores the rule at the end of a file, without which a zone stands
// still after the last listed change.
#pragma once

#include "proto/base/result.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

using Instants = std::chrono::sys_seconds;
using LocalTime = std::chrono::local_seconds;

class TimeZone {
 public:
  // "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX.1-2017 8.3, without names in <> of more than 32
  // characters).
  [[nodiscard]] static Result<TimeZone> from_rule(std::string_view rule);
  // The content of a TZif file; `name` is for errors. Changes after 2100 are not known.
  [[nodiscard]] static Result<TimeZone> from_tzif(std::string_view bytes, std::string_view name);
  // "Europe/Paris" below `root`.
  [[nodiscard]] static Result<TimeZone> load(
      std::string_view name, const std::filesystem::path& root = "/usr/share/zoneinfo");

  [[nodiscard]] std::chrono::seconds offset_at(Instants instant) const;
  [[nodiscard]] LocalTime local(Instants instant) const {
    return LocalTime{instant.time_since_epoch() + offset_at(instant)};
  }
  // The first instant at which the clock shows `time`; where it skips `time`, when it skips.
  [[nodiscard]] Instants instant(LocalTime time) const;

 private:
  // From `at` on the clock is ahead of UTC by `offset`.
  struct Change {
    Instants at;
    std::chrono::seconds offset;
  };
  struct Build;
  explicit TimeZone(std::vector<Change> changes) : changes_(std::move(changes)) {}

  std::vector<Change> changes_;  // ascending, never empty; the first holds for all before it
};

}  // namespace sobriety::collector::policy
