#include "collector/store/sqlite_outbox.hpp"

#include <algorithm>
#include <utility>

namespace sobriety::collector {

namespace {

constexpr std::size_t most_rows = 100;

std::uint64_t unsigned_of(std::int64_t number) { return static_cast<std::uint64_t>(number); }

Result<OutboxState> read_state(Database& database) {
  BOOST_OUTCOME_TRY(auto tally,
                    database.prepare("SELECT taken, sent, refused, dropped FROM outbox_tally"));
  BOOST_OUTCOME_TRY(const bool has_tally, tally.step());
  if (!has_tally)
    return fail(Errc::broken,
                database.path().string() + ": outbox_tally is empty; restore a backup");
  OutboxState state;
  state.taken = unsigned_of(tally.integer(0));
  state.sent = unsigned_of(tally.integer(1));
  state.refused = unsigned_of(tally.integer(2));
  state.dropped = unsigned_of(tally.integer(3));
  BOOST_OUTCOME_TRY(auto sums, database.prepare("SELECT count(*), ifnull(sum(samples), 0),"
                                                " ifnull(sum(length(blocks)), 0) FROM outbox"));
  BOOST_OUTCOME_TRY(const bool has_sums, sums.step());
  if (has_sums) {
    state.rows = unsigned_of(sums.integer(0));
    state.samples = unsigned_of(sums.integer(1));
    state.size = Bytes{unsigned_of(sums.integer(2))};
  }
  return state;
}

}  // namespace

Result<std::unique_ptr<SqliteOutbox>> SqliteOutbox::open(Database& db, Bytes most) {
  BOOST_OUTCOME_TRY(auto insert,
                    db.prepare("INSERT INTO outbox (since, samples, blocks) VALUES (?, ?, ?)"));
  BOOST_OUTCOME_TRY(auto oldest,
                    db.prepare("SELECT no, samples, blocks FROM outbox ORDER BY no LIMIT ?"));
  BOOST_OUTCOME_TRY(auto sizes,
                    db.prepare("SELECT no, samples, length(blocks) FROM outbox WHERE no >= ?"
                               " ORDER BY no LIMIT 1"));
  BOOST_OUTCOME_TRY(auto erase, db.prepare("DELETE FROM outbox WHERE no = ?"));
  BOOST_OUTCOME_TRY(auto count,
                    db.prepare("UPDATE outbox_tally SET taken = taken + ?, sent = sent + ?,"
                               " refused = refused + ?, dropped = dropped + ?"));
  std::unique_ptr<SqliteOutbox> made{new SqliteOutbox{db, most, std::move(insert),
                                                      std::move(oldest), std::move(sizes),
                                                      std::move(erase), std::move(count)}};
  BOOST_OUTCOME_TRY(made->state_, read_state(db));
  return made;
}

Result<void> SqliteOutbox::add(std::span<const OutboxBlock> blocks, WallTime since) {
  std::uint64_t taken = 0;
  for (const PackedRow& row : pack(blocks)) {
    BOOST_OUTCOME_TRY(insert_.bind(since.time_since_epoch().count())
                          .bind(static_cast<std::int64_t>(row.samples))
                          .bind_blob(row.bytes)
                          .run());
    taken += row.samples;
    state_.rows += 1;
    state_.samples += row.samples;
    state_.size += Bytes{row.bytes.size()};
  }
  BOOST_OUTCOME_TRY(count(taken, 0, 0, 0));
  return make_room();
}

Result<void> SqliteOutbox::make_room() {
  while (state_.size > most_ && state_.rows > 0) {
    BOOST_OUTCOME_TRY(const bool found, sizes_.bind(std::int64_t{0}).step());
    if (!found) break;
    const std::int64_t no = sizes_.integer(0);
    const std::uint64_t samples = unsigned_of(sizes_.integer(1));
    const std::uint64_t bytes = unsigned_of(sizes_.integer(2));
    sizes_.reset();
    BOOST_OUTCOME_TRY(erase(no, samples, bytes));
    BOOST_OUTCOME_TRY(count(0, 0, 0, samples));
  }
  return success();
}

Result<void> SqliteOutbox::erase(std::int64_t no, std::uint64_t samples, std::uint64_t bytes) {
  BOOST_OUTCOME_TRY(erase_.bind(no).run());
  state_.rows -= 1;
  state_.samples -= samples;
  state_.size = Bytes{state_.size.count() - bytes};
  return success();
}

Result<void> SqliteOutbox::count(std::uint64_t taken, std::uint64_t sent, std::uint64_t refused,
                                 std::uint64_t dropped) {
  for (const std::uint64_t number : {taken, sent, refused, dropped})
    count_.bind(static_cast<std::int64_t>(number));
  BOOST_OUTCOME_TRY(count_.run());
  state_.taken += taken;
  state_.sent += sent;
  state_.refused += refused;
  state_.dropped += dropped;
  return success();
}

Result<void> SqliteOutbox::settle(std::span<const OutboxSettled> rows) {
  BOOST_OUTCOME_TRY(const auto transaction, Transaction::begin(database_, "IMMEDIATE"));
  for (const OutboxSettled& row : rows) {
    BOOST_OUTCOME_TRY(const bool found, sizes_.bind(row.no).step());
    const bool here = found && sizes_.integer(0) == row.no;
    const std::uint64_t samples = here ? unsigned_of(sizes_.integer(1)) : 0;
    const std::uint64_t bytes = here ? unsigned_of(sizes_.integer(2)) : 0;
    sizes_.reset();
    if (!here) continue;  // the bound dropped it meanwhile, and it is counted so
    BOOST_OUTCOME_TRY(erase(row.no, samples, bytes));
    const std::uint64_t refused = std::min(samples, row.refused);
    BOOST_OUTCOME_TRY(count(0, samples - refused, refused, 0));
  }
  return transaction->commit();
}

Result<std::vector<OutboxSettled>> SqliteOutbox::read(std::uint64_t samples,
                                                      std::vector<OutboxRow>& found,
                                                      std::vector<std::string>& notes) {
  std::vector<OutboxSettled> damaged;
  std::uint64_t held = 0;
  BOOST_OUTCOME_TRY(bool more, oldest_.bind(static_cast<std::int64_t>(most_rows)).step());
  while (more && held < samples) {
    const std::int64_t no = oldest_.integer(0);
    const std::uint64_t of_row = unsigned_of(oldest_.integer(1));
    auto blocks = unpack(oldest_.blob(2));
    if (blocks) {
      found.push_back({no, std::move(blocks.value())});
      held += of_row;
    } else {
      damaged.push_back({no, of_row});
      notes.push_back(blocks.error().message);
    }
    BOOST_OUTCOME_TRY(more, oldest_.step());
  }
  oldest_.reset();
  return damaged;
}

Result<std::vector<OutboxRow>> SqliteOutbox::rows(std::uint64_t samples,
                                                  std::vector<std::string>& notes) {
  std::vector<OutboxRow> found;
  BOOST_OUTCOME_TRY(const auto damaged, read(samples, found, notes));
  if (!damaged.empty()) {
    BOOST_OUTCOME_TRY(settle(damaged));
  }
  return found;
}

Result<OutboxState> SqliteOutbox::state() {
  OutboxState now = state_;
  BOOST_OUTCOME_TRY(const auto since,
                    database_.number("SELECT since FROM outbox ORDER BY no LIMIT 1"));
  now.since = WallTime{std::chrono::milliseconds{since}};
  return now;
}

Result<std::vector<std::string>> SqliteOutbox::check() {
  std::vector<std::string> faults;
  BOOST_OUTCOME_TRY(const OutboxState read, read_state(database_));
  if (read.taken != read.sent + read.refused + read.dropped + read.samples)
    faults.push_back("the outbox took " + std::to_string(read.taken) + " samples, but " +
                     std::to_string(read.sent) + " that were sent, " +
                     std::to_string(read.refused) + " refused, " + std::to_string(read.dropped) +
                     " dropped and " + std::to_string(read.samples) + " that wait are not as many");
  return faults;
}

}  // namespace sobriety::collector
