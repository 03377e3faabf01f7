#include "collector/store/report_archive.hpp"

#include "collector/store/schema.hpp"
#include "collector/store/sqlite_backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace sobriety::collector {

namespace {

const std::vector<Migration>& steps() {
  static const std::vector<Migration> all{
      {1,
       "CREATE TABLE report (no INTEGER PRIMARY KEY AUTOINCREMENT, month TEXT NOT NULL,"
       " issued INTEGER NOT NULL, text BLOB NOT NULL);"
       "CREATE INDEX report_month ON report (month);"}};
  return all;
}

Result<std::unique_ptr<Database>> open_file(const std::filesystem::path& file) {
  BOOST_OUTCOME_TRY(auto database, Database::open(file, SQLITE_OPEN_READWRITE));
  BOOST_OUTCOME_TRY(
      database->execute("PRAGMA busy_timeout = 5000; PRAGMA cell_size_check = ON;"
                        "PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL;"
                        "PRAGMA synchronous = FULL"));
  BOOST_OUTCOME_TRY(migrate(*database, steps()));
  return database;
}

}  // namespace

std::filesystem::path ReportArchive::file_of(const StoreOptions& store) {
  return store.path.string() + ".reports";
}

Result<std::unique_ptr<ReportArchive>> ReportArchive::open(const StoreOptions& store) {
  if (store.kind != "sqlite")
    return fail(Errc::unsupported,
                "the " + store.kind + " store keeps no reports; set store.kind to sqlite");
  const auto file = file_of(store);
  // Made here and not by SQLite, so that it is nobody else's to read; -wal and -shm follow it.
  const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (made < 0) {
    const Error error = system_error(errno, file.string() + ": cannot be opened");
    return fail(error.code, error.message + "; run this as the collector's user");
  }
  ::close(made);
  BOOST_OUTCOME_TRY(auto database, open_file(file));
  return std::unique_ptr<ReportArchive>{new ReportArchive{std::move(database)}};
}

Result<std::unique_ptr<ReportArchive>> ReportArchive::look(const StoreOptions& store) {
  std::error_code ignored;
  if (store.kind != "sqlite" || !std::filesystem::exists(file_of(store), ignored))
    return std::unique_ptr<ReportArchive>{};
  return open(store);
}

Result<std::int64_t> ReportArchive::keep(const std::string& month, std::int64_t issued,
                                         std::string_view text) {
  BOOST_OUTCOME_TRY(const auto transaction, Transaction::begin(*database_, "IMMEDIATE"));
  BOOST_OUTCOME_TRY(
      auto insert, database_->prepare("INSERT INTO report (month, issued, text) VALUES (?, ?, ?)"));
  BOOST_OUTCOME_TRY(insert.bind(month).bind(issued).bind_blob(text).run());
  const std::int64_t no = ::sqlite3_last_insert_rowid(database_->handle());
  BOOST_OUTCOME_TRY(transaction->commit());
  return no;
}

Result<std::vector<KeptReport>> ReportArchive::list(const std::string& month) {
  BOOST_OUTCOME_TRY(auto select, database_->prepare("SELECT no, month, issued FROM report"
                                                    " WHERE ?1 = '' OR month = ?1 ORDER BY no"));
  std::vector<KeptReport> kept;
  BOOST_OUTCOME_TRY(bool row, select.bind(month).step());
  while (row) {
    kept.push_back({select.integer(0), std::string{select.text(1)}, select.integer(2)});
    BOOST_OUTCOME_TRY(row, select.step());
  }
  return kept;
}

Result<std::optional<std::string>> ReportArchive::text(std::int64_t no) {
  BOOST_OUTCOME_TRY(auto select, database_->prepare("SELECT text FROM report WHERE no = ?"));
  BOOST_OUTCOME_TRY(const bool row, select.bind(no).step());
  std::optional<std::string> text;
  if (row) text = std::string{select.blob(0)};
  return text;
}

Result<void> ReportArchive::backup(const std::filesystem::path& file, const Progress& progress) {
  BOOST_OUTCOME_TRY(const auto moment, Transaction::begin(*database_, "DEFERRED"));
  BOOST_OUTCOME_TRY(database_->number("SELECT count(*) FROM report"));
  return back_up(*database_, file, progress);
}

}  // namespace sobriety::collector
