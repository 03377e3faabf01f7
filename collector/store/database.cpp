#include "collector/store/database.hpp"

namespace sobriety::collector {

namespace {

struct Meaning {
  Errc code;
  std::string_view advice;
};

Meaning meaning_of(int code) {
  switch (code & 0xff) {
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return {Errc::denied, "make file and directory writable for the collector's user"};
    case SQLITE_CANTOPEN:
      return {
          Errc::denied,
          "the directory must exist and be writable for the collector's user, or set store.path"};
    case SQLITE_FULL:
      return {Errc::exhausted, "make room on that file system"};
    case SQLITE_IOERR:
      return {Errc::unavailable, "see the kernel's log about that disk"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable, "another program holds it; end that program"};
    case SQLITE_CORRUPT:
      return {
          Errc::broken,
          "restore a backup, or move it away to begin anew (sobriety-collector verify tells more)"};
    case SQLITE_NOTADB:
      return {Errc::broken, "this is no database; move it away, or set store.path"};
    default:
      return {Errc::broken, "this is unexpected; please report it"};
  }
}

}  // namespace

Error sqlite_error(int code, std::string_view words, const std::filesystem::path& path) {
  const Meaning meaning = meaning_of(code);
  return {meaning.code, path.string() + ": " + std::string{words} + " (SQLite " +
                            std::to_string(code) + "); " + std::string{meaning.advice}};
}

Statement::Statement(const Database& database, sqlite3_stmt* statement)
    : database_(&database), statement_(statement) {}

Statement& Statement::bind(std::int64_t value) {
  ::sqlite3_bind_int64(statement_.get(), ++bound_, value);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  // An empty text is not NULL.
  ::sqlite3_bind_text(statement_.get(), ++bound_, text.empty() ? "" : text.data(),
                      static_cast<int>(text.size()), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  ::sqlite3_bind_blob(statement_.get(), ++bound_, bytes.empty() ? "" : bytes.data(),
                      static_cast<int>(bytes.size()), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step() {
  const int code = ::sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  Error error{Errc::broken, {}};
  if (code != SQLITE_DONE) error = database_->error();
  reset();
  if (code != SQLITE_DONE) return error;
  return false;
}

Result<void> Statement::run() {
  BOOST_OUTCOME_TRY(const bool row, step());
  if (row) reset();
  return success();
}

void Statement::reset() {
  ::sqlite3_reset(statement_.get());
  bound_ = 0;
}

std::int64_t Statement::integer(int column) const {
  return ::sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
  const auto* text = ::sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::blob(int column) const {
  const void* bytes = ::sqlite3_column_blob(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column))};
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path, int flags) {
  sqlite3* handle = nullptr;
  // One thread at a time uses a connection, so it needs no mutex of its own.
  const int code = ::sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database{new Database{path, handle}};
  if (code != SQLITE_OK)
    return handle != nullptr ? database->error() : sqlite_error(code, "cannot be opened", path);
  ::sqlite3_extended_result_codes(handle, 1);
  return database;
}

Error Database::error() const {
  return sqlite_error(::sqlite3_extended_errcode(handle_.get()), ::sqlite3_errmsg(handle_.get()),
                      path_);
}

Result<void> Database::execute(const std::string& sql) {
  if (::sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return error();
  return success();
}

Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (::sqlite3_prepare_v3(handle_.get(), sql.c_str(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
    return error();
  return Statement{*this, statement};
}

Result<std::int64_t> Database::number(const std::string& sql) {
  BOOST_OUTCOME_TRY(auto statement, prepare(sql));
  BOOST_OUTCOME_TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

Result<std::unique_ptr<Transaction>> Transaction::begin(Database& database, std::string_view how) {
  BOOST_OUTCOME_TRY(database.execute("BEGIN " + std::string{how}));
  return std::unique_ptr<Transaction>{new Transaction{database}};
}

Result<void> Transaction::commit() {
  BOOST_OUTCOME_TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return success();
}

Transaction::~Transaction() {
  // Some errors have rolled it back already: then there is nothing to do, and this says so.
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

}  // namespace sobriety::collector
