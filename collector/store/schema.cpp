#include "collector/store/schema.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

namespace sobriety::collector {

namespace {

constexpr std::size_t checksum_arguments = figure_count + 2;

std::int64_t checksum(std::span<const std::int64_t> values) {
  // As bytes of this machine's order: a database moves between machines of one order only.
  static_assert(std::endian::native == std::endian::little);
  return static_cast<std::int64_t>(XXH3_64bits(values.data(), values.size_bytes()));
}

void checksum_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
  std::array<std::int64_t, checksum_arguments> values{};
  if (count > static_cast<int>(values.size())) return;  // NULL: no row is so long
  for (int i = 0; i < count; ++i)
    values[static_cast<std::size_t>(i)] = ::sqlite3_value_int64(arguments[i]);
  ::sqlite3_result_int64(context,
                         checksum(std::span{values}.first(static_cast<std::size_t>(count))));
}

std::string first_schema() {
  const std::string figures = each_figure("", " INTEGER NOT NULL", ", ", first_figure_count);
  return "CREATE TABLE host (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE"
         " CHECK (length(id) = 16), name TEXT NOT NULL);"
         "CREATE TABLE host_state (host INTEGER PRIMARY KEY REFERENCES host (no),"
         " stream BLOB NOT NULL, seq INTEGER NOT NULL,"
         // Of the newest sample: its boot, ms since that boot, ms of them asleep; the rest is in ms
         // since 1970.
         " boot BLOB NOT NULL, boottime INTEGER NOT NULL, asleep INTEGER NOT NULL,"
         " began INTEGER NOT NULL, accounted INTEGER NOT NULL, measured_to INTEGER NOT NULL,"
         " last_seen INTEGER NOT NULL, " +
         figures +
         // Energy by method, by scope, and by component with its newest counter: JSON, in
         // microjoules.
         ", methods TEXT NOT NULL, scopes TEXT NOT NULL, components TEXT NOT NULL);"
         "CREATE TABLE host_hour (host INTEGER NOT NULL REFERENCES host (no), hour INTEGER NOT "
         "NULL, " +
         figures +
         ", checksum INTEGER NOT NULL, PRIMARY KEY (host, hour)) WITHOUT ROWID;"
         "CREATE TABLE host_day (host INTEGER NOT NULL REFERENCES host (no), day INTEGER NOT "
         "NULL, " +
         figures +
         ", checksum INTEGER NOT NULL, PRIMARY KEY (host, day)) WITHOUT ROWID;"
         "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
         "INSERT INTO meta VALUES ('created_by', 'sobriety-collector " SOBRIETY_VERSION "');";
}

// Figures that the judge adds. What was accounted before there was one counts as within working
// hours; all of its energy came from meters of the whole machine, which are good to 3 %.
std::string judged_schema() {
  std::string sql;
  for (const std::string table : {"host_state", "host_hour", "host_day"})
    for (std::size_t i = first_figure_count; i < figure_count; ++i)
      sql += "ALTER TABLE " + table + " ADD COLUMN " + std::string{figure_names[i]} +
             " INTEGER NOT NULL DEFAULT 0;";
  // What the judge remembers, as store/judge_text.hpp writes it; micrograms of CO2e by the
  // source of their factor: JSON.
  sql +=
      // What policy may know of a host, as policy/subject_text.hpp writes it.
      "ALTER TABLE host ADD COLUMN subject TEXT NOT NULL DEFAULT '';"
      "ALTER TABLE host_state ADD COLUMN judge TEXT NOT NULL DEFAULT '';"
      "ALTER TABLE host_state ADD COLUMN emissions TEXT NOT NULL DEFAULT '{}';"
      "CREATE TABLE quiet_day (host INTEGER NOT NULL REFERENCES host (no), day INTEGER NOT NULL,"
      " minutes INTEGER NOT NULL, quiet INTEGER NOT NULL, low INTEGER NOT NULL,"
      " logins INTEGER NOT NULL, known INTEGER NOT NULL, PRIMARY KEY (host, day)) WITHOUT ROWID;";
  const std::string bounds =
      "uj_low = uj_measured - uj_measured / 100 * 3, uj_high = uj_measured + uj_measured / 100 * 3";
  const auto sum = [](const std::string& column) {
    return column + " = (SELECT ifnull(sum(" + column +
           "), 0) FROM host_hour WHERE host_hour.host = host_state.host) + (SELECT ifnull(sum(" +
           column + "), 0) FROM host_day WHERE host_day.host = host_state.host)";
  };
  for (const auto& [table, at] : {std::pair<std::string, std::string>{"host_hour", "hour"},
                                  std::pair<std::string, std::string>{"host_day", "day"}}) {
    const std::string before = each_figure("", "", ", ", first_figure_count);
    // A row that is not as it was written keeps its checksum, which is wrong of the new row too.
    sql += "UPDATE " + table + " SET " + bounds + " WHERE checksum = sobriety_checksum(host, " +
           at + ", " + before + ");UPDATE " + table + " SET checksum = sobriety_checksum(host, " +
           at + ", " + each_figure("", "", ", ") + ") WHERE checksum = sobriety_checksum(host, " +
           at + ", " + before + ");";
  }
  return sql + "UPDATE host_state SET " + sum("uj_low") + ", " + sum("uj_high") + ";";
}

// What waits to be written elsewhere (store/outbox.hpp), and in one row what became of all samples
// that ever did.
std::string outbox_schema() {
  return "CREATE TABLE outbox (no INTEGER PRIMARY KEY AUTOINCREMENT, since INTEGER NOT NULL,"
         " samples INTEGER NOT NULL, blocks BLOB NOT NULL);"
         "CREATE TABLE outbox_tally (no INTEGER PRIMARY KEY CHECK (no = 1),"
         " taken INTEGER NOT NULL, sent INTEGER NOT NULL, refused INTEGER NOT NULL,"
         " dropped INTEGER NOT NULL);"
         "INSERT INTO outbox_tally VALUES (1, 0, 0, 0, 0);";
}

// Refuses what is not ours. An empty database is.
Result<void> require_ours(Database& database) {
  BOOST_OUTCOME_TRY(const auto id, database.number("PRAGMA application_id"));
  if (id == application_id) return success();
  BOOST_OUTCOME_TRY(const auto tables, database.number("SELECT count(*) FROM sqlite_schema"));
  if (id == 0 && tables == 0) return success();
  return fail(Errc::broken,
              database.path().string() +
                  ": is a database of another program; set store.path to another file");
}

Error newer(const Database& database, std::int64_t version, std::int64_t known) {
  return {Errc::unsupported,
          database.path().string() + ": has version " + std::to_string(version) +
              " of the store, and this sobriety-collector (" SOBRIETY_VERSION ") knows up to " +
              std::to_string(known) +
              "; run the newer collector that wrote it, or restore a backup of before"};
}

}  // namespace

std::string each_figure(std::string_view before, std::string_view after, std::string_view between,
                        std::size_t count) {
  std::string text;
  for (const std::string_view name : std::span{figure_names}.first(count)) {
    if (!text.empty()) text += between;
    text.append(before).append(name).append(after);
  }
  return text;
}

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> all{
      {1, first_schema()}, {2, judged_schema()}, {3, outbox_schema()}};
  return all;
}

Result<void> migrate(Database& database, std::span<const Migration> steps) {
  BOOST_OUTCOME_TRY(require_ours(database));
  BOOST_OUTCOME_TRY(const auto transaction, Transaction::begin(database, "IMMEDIATE"));
  BOOST_OUTCOME_TRY(const auto version, database.number("PRAGMA user_version"));
  const std::int64_t newest = steps.back().to;
  if (version > newest) return newer(database, version, newest);
  if (version == newest) return success();
  for (const Migration& step : steps)
    if (step.to > version) {
      BOOST_OUTCOME_TRY(database.execute(step.sql));
    }
  BOOST_OUTCOME_TRY(database.execute("PRAGMA user_version = " + std::to_string(newest)));
  BOOST_OUTCOME_TRY(database.execute("PRAGMA application_id = " + std::to_string(application_id)));
  return transaction->commit();
}

Result<void> require_version(Database& database, std::span<const Migration> steps) {
  BOOST_OUTCOME_TRY(require_ours(database));
  BOOST_OUTCOME_TRY(const auto version, database.number("PRAGMA user_version"));
  const std::int64_t newest = steps.back().to;
  if (version > newest) return newer(database, version, newest);
  if (version < newest)
    return fail(Errc::unsupported,
                database.path().string() + ": has version " + std::to_string(version) +
                    " of the store, older than this program's " + std::to_string(newest) +
                    "; start the collector once, which brings it up to date");
  return success();
}

std::int64_t checksum(std::int64_t host, std::int64_t at, const Figures& figures) {
  std::array<std::int64_t, checksum_arguments> values{host, at};
  std::copy(figures.values.begin(), figures.values.end(), values.begin() + 2);
  return checksum(values);
}

Result<void> add_checksum(Database& database) {
  if (::sqlite3_create_function_v2(database.handle(), "sobriety_checksum", -1,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr,
                                   checksum_function, nullptr, nullptr, nullptr) != SQLITE_OK)
    return database.error();
  return success();
}

}  // namespace sobriety::collector
