// The outbox in the SQLite store: the tables outbox and outbox_tally.
#pragma once

#include "collector/store/database.hpp"
#include "collector/store/outbox.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sobriety::collector {

// Lives as long as a connection. After an error of any call what it remembers of the tables is not
// sure any more: it goes, with the connection.
class SqliteOutbox {
 public:
  // `most`: bytes that rows may have together.
  [[nodiscard]] static Result<std::unique_ptr<SqliteOutbox>> open(Database& database, Bytes most);

  // Within a transaction of the caller's.
  [[nodiscard]] Result<void> add(std::span<const OutboxBlock> blocks, WallTime since);
  // A transaction of its own.
  [[nodiscard]] Result<void> settle(std::span<const OutboxSettled> rows);

  [[nodiscard]] Result<std::vector<OutboxRow>> rows(std::uint64_t samples,
                                                    std::vector<std::string>& notes);
  [[nodiscard]] Result<OutboxState> state();
  // A line where the tally is not that of the rows.
  [[nodiscard]] Result<std::vector<std::string>> check();

 private:
  SqliteOutbox(Database& database, Bytes most, Statement insert, Statement oldest, Statement sizes,
               Statement erase, Statement count)
      : database_(database),
        most_(most),
        insert_(std::move(insert)),
        oldest_(std::move(oldest)),
        sizes_(std::move(sizes)),
        erase_(std::move(erase)),
        count_(std::move(count)) {}

  // A row that is there goes, and its share of what waits.
  [[nodiscard]] Result<void> erase(std::int64_t no, std::uint64_t samples, std::uint64_t bytes);
  [[nodiscard]] Result<void> make_room();
  [[nodiscard]] Result<void> count(std::uint64_t taken, std::uint64_t sent, std::uint64_t refused,
                                   std::uint64_t dropped);
  [[nodiscard]] Result<std::vector<OutboxSettled>> read(std::uint64_t samples,
                                                        std::vector<OutboxRow>& found,
                                                        std::vector<std::string>& notes);

  Database& database_;
  Bytes most_;
  Statement insert_;  // since, samples, blocks
  Statement oldest_;  // -> no, samples, blocks, in ascending order
  Statement sizes_;   // no -> no, samples, size: of the first row from `no` on
  Statement erase_;   // no
  Statement count_;   // taken, sent, refused, dropped: adds
  OutboxState state_;
};

}  // namespace sobriety::collector
