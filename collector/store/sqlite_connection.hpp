// An open SQLite store: its connection, and the statements that are run again and again.
#pragma once

#include "collector/store/database.hpp"
#include "collector/store/store.hpp"

#include <memory>

namespace sobriety::collector {

// A row of the ledger; `at` in hours or days since 1970.
struct StoredRow {
  std::int64_t at = 0;
  Figures figures;
  bool intact = false;
};

// The rows of one grain, hours or days.
struct LedgerStatements {
  Statement add;     // host, at, figures: adds to the row, made if there is none
  Statement select;  // host, from, to, most: each step puts a row into SqliteConnection::row
  Statement erase;   // host, at
};

struct SqliteConnection {
  std::unique_ptr<StoredRow> row;      // that LedgerStatements::select has read last
  std::unique_ptr<Database> database;  // outlives the statements
  Statement find_host;                 // id -> no, name, subject
  Statement insert_host;               // id, name, subject
  Statement rename_host;               // name, subject, no
  Statement select_states;             // -> id, name, stream, seq, account, subject
  Statement select_place;              // host -> stream, seq
  Statement insert_state;              // stream, seq, account, host
  Statement update_state;              // stream, seq, account, host, stream before, seq before
  Statement next_host;                 // no -> the next greater no
  Statement insert_quiet_day;          // host, day, its figures: replaces
  Statement erase_quiet_days;          // host, before
  Statement select_quiet_days;         // host, from -> day, its figures
  LedgerStatements hours;
  LedgerStatements days;

  // Opens the file, makes or migrates what is in it (Access::own) and prepares the statements.
  [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> open(
      const std::filesystem::path& path, Access access);

  [[nodiscard]] LedgerStatements& ledger(Grain grain) {
    return grain == Grain::hour ? hours : days;
  }
};

// Binds stream, seq and account, in the order of insert_state and update_state. The texts must live
// until the statement has run.
struct StateTexts {
  explicit StateTexts(const Account& account);
  std::string methods;
  std::string scopes;
  std::string components;
  std::string judge;
  std::string emissions;
};
void bind_state(Statement& statement, const HostState& state, const StateTexts& texts);
// A row of select_states.
[[nodiscard]] Result<HostState> read_state(const Statement& row);

void bind_quiet_day(Statement& statement, std::int64_t host, const QuietDay& day);
[[nodiscard]] QuietDay read_quiet_day(const Statement& row);

// Adds figures to a row of the ledger; `at` in hours or days since 1970.
[[nodiscard]] Result<void> add(Statement& add, std::int64_t host, std::int64_t at,
                               const Figures& figures);

}  // namespace sobriety::collector
