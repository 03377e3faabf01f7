#include "collector/store/sqlite_connection.hpp"

#include "collector/store/account_text.hpp"
#include "collector/store/judge_text.hpp"
#include "collector/store/schema.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace sobriety::collector {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::int64_t ms(Elapsed time) { return duration_cast<milliseconds>(time).count(); }
std::int64_t ms(WallTime time) { return time.time_since_epoch().count(); }

// Columns of host_state behind `host`, in the order of bind_state.
std::string state_columns(std::string_view after) {
  std::string text;
  for (const char* name : {"stream", "seq", "boot", "boottime", "asleep", "began", "accounted",
                           "measured_to", "last_seen"})
    text.append(name).append(after).append(", ");
  text += each_figure("", after, ", ");
  for (const char* name : {"methods", "scopes", "components", "judge", "emissions"})
    text.append(", ").append(name).append(after);
  return text;
}

std::string parameters(std::size_t count) {
  std::string text = "?";
  for (std::size_t i = 1; i < count; ++i) text += ", ?";
  return text;
}
constexpr std::size_t state_column_count = 9 + figure_count + 5;

// sobriety_row(host, at, figures, checksum) reads the row whole: a call a row costs a third less
// than one a column, and a report reads millions of rows.
void row_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
  auto& row = *static_cast<StoredRow*>(::sqlite3_user_data(context));
  if (count != static_cast<int>(figure_count) + 3) return;
  row.at = ::sqlite3_value_int64(arguments[1]);
  for (std::size_t i = 0; i < figure_count; ++i)
    row.figures.values[i] = ::sqlite3_value_int64(arguments[i + 2]);
  row.intact = ::sqlite3_value_int64(arguments[count - 1]) ==
               checksum(::sqlite3_value_int64(arguments[0]), row.at, row.figures);
}

Result<std::unique_ptr<StoredRow>> add_row_function(Database& database) {
  auto row = std::make_unique<StoredRow>();
  if (::sqlite3_create_function_v2(database.handle(), "sobriety_row",
                                   static_cast<int>(figure_count) + 3,
                                   SQLITE_UTF8 | SQLITE_DIRECTONLY, row.get(), row_function,
                                   nullptr, nullptr, nullptr) != SQLITE_OK)
    return database.error();
  return row;
}

Result<LedgerStatements> prepare_ledger(Database& database, const std::string& table,
                                        const std::string& at) {
  const std::string figures = each_figure("", "", ", ");
  const std::string sum = each_figure(table + ".", "", ", ");
  std::string added;
  std::string sums;
  for (const std::string_view name : figure_names) {
    const std::string column{name};
    const std::string both = table + "." + column + " + excluded." + column;
    added += column + " = " + both + ", ";
    sums += ", " + both;
  }
  // The checksum of a new row comes with its values. A row that is not as it was written keeps a
  // wrong one, so that it is still found.
  BOOST_OUTCOME_TRY(
      auto add,
      database.prepare("INSERT INTO " + table + " (host, " + at + ", " + figures +
                       ", checksum) VALUES (" + parameters(figure_count + 3) +
                       ") ON CONFLICT DO UPDATE SET " + added + "checksum = CASE WHEN " + table +
                       ".checksum = sobriety_checksum(" + table + ".host, " + table + "." + at +
                       ", " + sum + ") THEN sobriety_checksum(" + table + ".host, " + table + "." +
                       at + sums + ") ELSE " + table + ".checksum END"));
  BOOST_OUTCOME_TRY(auto select,
                    database.prepare("SELECT sobriety_row(host, " + at + ", " + figures +
                                     ", checksum) FROM " + table + " WHERE host = ? AND " + at +
                                     " >= ? AND " + at + " < ? ORDER BY " + at + " LIMIT ?"));
  BOOST_OUTCOME_TRY(
      auto erase, database.prepare("DELETE FROM " + table + " WHERE host = ? AND " + at + " = ?"));
  return LedgerStatements{std::move(add), std::move(select), std::move(erase)};
}

Result<std::unique_ptr<SqliteConnection>> prepare(std::unique_ptr<Database> database) {
  Database& db = *database;
  const std::string columns = state_columns("");
  BOOST_OUTCOME_TRY(auto find_host, db.prepare("SELECT no, name, subject FROM host WHERE id = ?"));
  BOOST_OUTCOME_TRY(auto insert_host,
                    db.prepare("INSERT INTO host (id, name, subject) VALUES (?, ?, ?)"));
  BOOST_OUTCOME_TRY(auto rename_host,
                    db.prepare("UPDATE host SET name = ?, subject = ? WHERE no = ?"));
  BOOST_OUTCOME_TRY(
      auto select_states,
      db.prepare("SELECT id, name, " + columns +
                 ", subject FROM host JOIN host_state ON host_state.host = host.no ORDER BY no"));
  BOOST_OUTCOME_TRY(auto select_place,
                    db.prepare("SELECT stream, seq FROM host_state WHERE host = ?"));
  BOOST_OUTCOME_TRY(auto insert_state,
                    db.prepare("INSERT INTO host_state (" + columns + ", host) VALUES (" +
                               parameters(state_column_count + 1) + ")"));
  BOOST_OUTCOME_TRY(auto update_state, db.prepare("UPDATE host_state SET " + state_columns(" = ?") +
                                                  " WHERE host = ? AND stream = ? AND seq = ?"));
  BOOST_OUTCOME_TRY(auto next_host, db.prepare("SELECT min(no) FROM host WHERE no > ?"));
  BOOST_OUTCOME_TRY(
      auto insert_quiet_day,
      db.prepare("INSERT OR REPLACE INTO quiet_day (host, day, minutes, quiet, low, logins, known)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?)"));
  BOOST_OUTCOME_TRY(auto erase_quiet_days,
                    db.prepare("DELETE FROM quiet_day WHERE host = ? AND day < ?"));
  BOOST_OUTCOME_TRY(auto select_quiet_days,
                    db.prepare("SELECT day, minutes, quiet, low, logins, known FROM quiet_day"
                               " WHERE host = ? AND day >= ? ORDER BY day"));
  BOOST_OUTCOME_TRY(auto row, add_row_function(db));
  BOOST_OUTCOME_TRY(auto hours, prepare_ledger(db, "host_hour", "hour"));
  BOOST_OUTCOME_TRY(auto days, prepare_ledger(db, "host_day", "day"));
  return std::make_unique<SqliteConnection>(SqliteConnection{
      std::move(row), std::move(database), std::move(find_host), std::move(insert_host),
      std::move(rename_host), std::move(select_states), std::move(select_place),
      std::move(insert_state), std::move(update_state), std::move(next_host),
      std::move(insert_quiet_day), std::move(erase_quiet_days), std::move(select_quiet_days),
      std::move(hours), std::move(days)});
}

// Made here and not by SQLite, so that it is nobody else's to read; -wal and -shm follow it.
Result<void> make_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    const Error error = system_error(errno, path.string() + ": cannot be opened");
    return fail(error.code, error.message +
                                "; make file and directory writable for the "
                                "collector's user, or set store.path");
  }
  ::close(file);
  return success();
}

// Damage is found before anything is built on it.
Result<void> quick_check(Database& database) {
  const auto damaged = [&database](const std::string& what) {
    return Error{Errc::broken,
                 database.path().string() + ": is damaged: " + what +
                     "; restore a backup, or move the file away to begin anew (agents send again "
                     "what was not acknowledged)"};
  };
  // A disk that does not answer, or a lock, is no damage.
  const auto refused = [&damaged](const Error& error) {
    return error.code == Errc::broken ? damaged(error.message) : error;
  };
  auto statement = database.prepare("PRAGMA quick_check(1)");
  if (!statement) return refused(statement.error());
  const auto row = statement.value().step();
  if (!row) return refused(row.error());
  const std::string said{row.value() ? statement.value().text(0) : ""};
  if (said != "ok") return damaged(said);
  return success();
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::filesystem::path& path,
                                                                 Access access) {
  const bool own = access == Access::own;
  if (own) {
    BOOST_OUTCOME_TRY(make_file(path));
  } else if (std::error_code ignored; !std::filesystem::exists(path, ignored)) {
    return fail(Errc::absent,
                path.string() + ": there is no such store; name it by --store or in store.path");
  }
  BOOST_OUTCOME_TRY(auto database, Database::open(path, SQLITE_OPEN_READWRITE));
  Database& db = *database;
  BOOST_OUTCOME_TRY(
      db.execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;"
                 "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF"));
  BOOST_OUTCOME_TRY(add_checksum(db));
  if (own) {
    BOOST_OUTCOME_TRY(quick_check(db));  // before anything that reads the file
    // The log is written back at every 1,000 pages; where a reader held that up, it is cut
    // afterwards.
    BOOST_OUTCOME_TRY(
        db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "PRAGMA wal_autocheckpoint = 1000;"
                   "PRAGMA journal_size_limit = 67108864"));
    BOOST_OUTCOME_TRY(migrate(db, migrations()));
  } else {
    BOOST_OUTCOME_TRY(require_version(db, migrations()));
    BOOST_OUTCOME_TRY(db.execute("PRAGMA query_only = ON"));
  }
  // 16 MiB of pages: those of the present hour of 4,000 hosts. Who looks reads each page once.
  BOOST_OUTCOME_TRY(db.execute(own ? "PRAGMA cache_size = -16384" : "PRAGMA cache_size = -2048"));
  return prepare(std::move(database));
}

StateTexts::StateTexts(const Account& account)
    : methods(methods_text(account)),
      scopes(scopes_text(account)),
      components(components_text(account)),
      judge(judge_text(account)),
      emissions(emissions_text(account)) {}

void bind_state(Statement& statement, const HostState& state, const StateTexts& texts) {
  const Account& account = state.account;
  const Timeline& timeline = account.timeline;
  statement.bind(state.place.stream).bind(static_cast<std::int64_t>(state.place.seq));
  statement.bind(timeline.boot).bind(ms(timeline.boottime)).bind(ms(timeline.asleep));
  statement.bind(ms(timeline.began)).bind(ms(timeline.accounted));
  statement.bind(ms(account.measured_to)).bind(ms(account.last_seen));
  for (const std::int64_t value : account.totals.values) statement.bind(value);
  statement.bind(texts.methods).bind(texts.scopes).bind(texts.components);
  statement.bind(texts.judge).bind(texts.emissions);
}

Result<HostState> read_state(const Statement& row) {
  const auto wall = [&row](int column) { return WallTime{milliseconds{row.integer(column)}}; };
  HostState state;
  state.id = row.id<HostId>(0);
  state.name = row.text(1);
  state.place = {row.id<StreamId>(2), static_cast<std::uint64_t>(row.integer(3))};
  Account& account = state.account;
  account.timeline = {row.id<BootId>(4), milliseconds{row.integer(5)}, milliseconds{row.integer(6)},
                      wall(7), wall(8)};
  account.measured_to = wall(9);
  account.last_seen = wall(10);
  int column = 11;
  for (std::int64_t& value : account.totals.values) value = row.integer(column++);
  for (const auto& read :
       {read_methods(row.text(column), account), read_scopes(row.text(column + 1), account),
        read_components(row.text(column + 2), account), read_judge(row.text(column + 3), account),
        read_emissions(row.text(column + 4), account)})
    if (!read)
      return fail(Errc::broken, "host " + state.name + " (" + state.id.hex() +
                                    "): " + read.error().message + "; restore a backup");
  state.subject = row.text(column + 5);
  return state;
}

void bind_quiet_day(Statement& statement, std::int64_t host, const QuietDay& day) {
  statement.bind(host).bind(std::int64_t{day.day});
  for (const std::uint16_t figure : {day.minutes, day.quiet, day.low, day.logins, day.known})
    statement.bind(std::int64_t{figure});
}

QuietDay read_quiet_day(const Statement& row) {
  QuietDay day;
  day.day = static_cast<std::int32_t>(row.integer(0));
  int column = 1;
  for (std::uint16_t* figure : {&day.minutes, &day.quiet, &day.low, &day.logins, &day.known})
    *figure = static_cast<std::uint16_t>(row.integer(column++));
  return day;
}

Result<void> add(Statement& add, std::int64_t host, std::int64_t at, const Figures& figures) {
  add.bind(host).bind(at);
  for (const std::int64_t value : figures.values) add.bind(value);
  return add.bind(checksum(host, at, figures)).run();
}

}  // namespace sobriety::collector
