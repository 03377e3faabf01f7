// SQLite's connection and statements as values that close themselves. Errors name the file, what
// was done to it, and what to do about it.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace sobriety::collector {

class Database;

// A prepared statement. Parameters are bound in order, columns read by position, both as SQLite
// counts them: parameters from 1, columns from 0.
class Statement {
 public:
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);        // copied
  Statement& bind_blob(std::string_view bytes);  // must live until the statement has run
  template <class Tag>
  Statement& bind(const Id<Tag>& id) {
    return bind_blob({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }

  // To the next row; false at the end, and then the statement is ready to be bound again.
  [[nodiscard]] Result<bool> step();
  // Runs a statement that has no rows.
  [[nodiscard]] Result<void> run();
  // Ready to be bound again, wherever it is.
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  // Good until the next step.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;
  // All zero if the column is not of 16 bytes.
  template <class SomeId>
  [[nodiscard]] SomeId id(int column) const {
    SomeId made;
    if (const auto bytes = blob(column); bytes.size() == made.bytes.size())
      std::memcpy(made.bytes.data(), bytes.data(), bytes.size());
    return made;
  }

 private:
  friend class Database;
  Statement(const Database& database, sqlite3_stmt* statement);
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
  };

  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};

class Database {
 public:
  // `flags` as of sqlite3_open_v2. The file's permissions are those of whoever makes it.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path,
                                                              int flags);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Statements without parameters and rows.
  [[nodiscard]] Result<void> execute(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(const std::string& sql);
  // The first column of the first row, as a number or as a text; 0 and "" where there is no row.
  [[nodiscard]] Result<std::int64_t> number(const std::string& sql);

  // Rows that the last statement changed.
  [[nodiscard]] int changes() const { return ::sqlite3_changes(handle_.get()); }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  // The last error of this connection.
  [[nodiscard]] Error error() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { ::sqlite3_close_v2(handle); }
  };
  Database(std::filesystem::path path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}

  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// A transaction that is rolled back unless it is committed.
class Transaction {
 public:
  // `how`: IMMEDIATE to write, DEFERRED to read one moment.
  [[nodiscard]] static Result<std::unique_ptr<Transaction>> begin(Database& database,
                                                                  std::string_view how);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;  // null: committed
};

// What SQLite's result `code` means for whoever keeps `path`.
[[nodiscard]] Error sqlite_error(int code, std::string_view words,
                                 const std::filesystem::path& path);

}  // namespace sobriety::collector
