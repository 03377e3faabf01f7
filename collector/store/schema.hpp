// The tables of the SQLite store, their versions, and the checksum of a ledger row.
//
// host        the hosts that were ever known
// host_state  one row a host: its place in its stream and its account, which change together
// host_hour   the ledger: a host's figures in an hour of UTC (hours since 1970)
// host_day    the same by day, of hours that are old (days since 1970)
// quiet_day   what the verdicts of the last half year stand on: a host's judged minutes of a day
// outbox      what waits to be written elsewhere; outbox_tally counts what became of it
//
// A ledger row has in `checksum` XXH3-64 of all its other columns, so that a row that was changed
// or moved by another hand than the store's is found. SQL computes it as sobriety_checksum(...).
#pragma once

#include "collector/fleet/figures.hpp"
#include "collector/store/database.hpp"

#include <span>
#include <string>

namespace sobriety::collector {

// "SOBR": tells our files from other databases.
inline constexpr std::int64_t application_id = 0x534f4252;

// SQL that makes of version `to` - 1 what `to` is; the first makes all of an empty database.
struct Migration {
  std::int64_t to;
  std::string sql;
};

[[nodiscard]] const std::vector<Migration>& migrations();

// Brings the schema to the newest of `steps`, all in one transaction. A database that is not ours,
// or newer than they are, is refused.
[[nodiscard]] Result<void> migrate(Database& database, std::span<const Migration> steps);
// Refuses what is not of the newest version of `steps`.
[[nodiscard]] Result<void> require_version(Database& database, std::span<const Migration> steps);

// Checksum of the row of `host` (its number) at `at` (hour or day).
[[nodiscard]] std::int64_t checksum(std::int64_t host, std::int64_t at, const Figures& figures);
// Makes it known to SQL, for rows of any version.
[[nodiscard]] Result<void> add_checksum(Database& database);

// The figures' columns, each as `before` name `after`, with `between` in between; `count`: of the
// first so many.
[[nodiscard]] std::string each_figure(std::string_view before, std::string_view after,
                                      std::string_view between, std::size_t count = figure_count);

}  // namespace sobriety::collector
