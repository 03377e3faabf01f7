#include "collector/store/sqlite.hpp"

#include "collector/store/lock.hpp"
#include "collector/store/sqlite_backup.hpp"
#include "collector/store/sqlite_connection.hpp"
#include "collector/store/sqlite_outbox.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace sobriety::collector {

namespace {

std::int64_t in_unit(Hour hour, Grain grain) {
  return grain == Grain::hour
             ? hour.time_since_epoch().count()
             : std::chrono::ceil<std::chrono::days>(hour).time_since_epoch().count();
}
Hour hour_of(std::int64_t at, Grain grain) {
  return grain == Grain::hour ? Hour{std::chrono::hours{at}}
                              : Hour{std::chrono::days{static_cast<int>(at)}};
}
std::int64_t day_of(std::int64_t hour) {
  return std::chrono::floor<std::chrono::days>(std::chrono::hours{hour}).count();
}

class SqliteStore final : public Store {
 public:
  SqliteStore(const StoreOptions& options, Access access, Lock lock,
              std::unique_ptr<SqliteConnection> connection)
      : path_(options.path),
        outbox_size_(options.outbox),
        access_(access),
        lock_(std::move(lock)),
        connection_(std::move(connection)) {}

  Result<std::vector<HostState>> load() override {
    BOOST_OUTCOME_TRY(connect());
    std::vector<HostState> states;
    Statement& select = connection_->select_states;
    BOOST_OUTCOME_TRY(bool row, select.step());
    while (row) {
      BOOST_OUTCOME_TRY(states.emplace_back(), read_state(select));
      BOOST_OUTCOME_TRY(row, select.step());
    }
    return states;
  }

  Result<void> commit(std::span<const HostRecord> changed) override {
    auto done = try_commit(changed);
    if (!done) disconnect();
    return done;
  }

  Result<std::vector<LedgerRow>> rows(const HostId& id, Grain grain, Hour from, Hour to,
                                      std::size_t most) override {
    BOOST_OUTCOME_TRY(connect());
    std::vector<LedgerRow> found;
    BOOST_OUTCOME_TRY(const KnownHost* host, find(id));
    if (host == nullptr) return found;
    constexpr std::int64_t at_once = 1024;  // a month and more by hour
    const auto units =
        std::clamp(in_unit(to, grain) - in_unit(from, grain), std::int64_t{0}, at_once);
    found.reserve(std::min(most, static_cast<std::size_t>(units)));
    BOOST_OUTCOME_TRY(select(host->no, grain, in_unit(from, grain), in_unit(to, grain), most,
                             [&found, grain](const StoredRow& row) {
                               found.push_back({hour_of(row.at, grain), row.figures, row.intact});
                             }));
    return found;
  }

  Result<std::vector<QuietDay>> quiet_days(const HostId& id, std::int32_t from) override {
    BOOST_OUTCOME_TRY(connect());
    std::vector<QuietDay> days;
    BOOST_OUTCOME_TRY(const KnownHost* host, find(id));
    if (host == nullptr) return days;
    Statement& select = connection_->select_quiet_days;
    select.bind(host->no).bind(std::int64_t{from});
    BOOST_OUTCOME_TRY(bool row, select.step());
    while (row) {
      days.push_back(read_quiet_day(select));
      BOOST_OUTCOME_TRY(row, select.step());
    }
    return days;
  }

  Result<std::vector<OutboxRow>> outbox_rows(std::uint64_t samples,
                                             std::vector<std::string>& notes) override {
    BOOST_OUTCOME_TRY(SqliteOutbox * box, outbox());
    auto found = box->rows(samples, notes);
    if (!found) disconnect();
    return found;
  }

  Result<void> settle_outbox(std::span<const OutboxSettled> rows) override {
    BOOST_OUTCOME_TRY(SqliteOutbox * box, outbox());
    auto done = box->settle(rows);
    if (!done) disconnect();
    return done;
  }

  Result<OutboxState> outbox_state() override {
    BOOST_OUTCOME_TRY(SqliteOutbox * box, outbox());
    return box->state();
  }

  Result<std::size_t> roll_up(Hour before, std::size_t most) override {
    BOOST_OUTCOME_TRY(connect());
    BOOST_OUTCOME_TRY(const auto transaction,
                      Transaction::begin(*connection_->database, "IMMEDIATE"));
    std::size_t moved = 0;
    while (moved < most) {
      if (rolling_ == 0) {
        BOOST_OUTCOME_TRY(rolling_, next_host(rolled_));
        if (rolling_ == 0) break;
      }
      BOOST_OUTCOME_TRY(const std::size_t of_host, roll_up_host(before, most - moved));
      moved += of_host;
      if (of_host == 0) rolled_ = std::exchange(rolling_, 0);
    }
    if (moved == 0) rolled_ = 0;  // all hosts are done: the next round begins with the first
    BOOST_OUTCOME_TRY(transaction->commit());
    return moved;
  }

  Result<std::unique_ptr<Snapshot>> snapshot() override {
    struct Reading final : Snapshot {
      explicit Reading(std::unique_ptr<Transaction> begun) : transaction(std::move(begun)) {}
      std::unique_ptr<Transaction> transaction;
    };
    BOOST_OUTCOME_TRY(connect());
    BOOST_OUTCOME_TRY(auto transaction, Transaction::begin(*connection_->database, "DEFERRED"));
    BOOST_OUTCOME_TRY(connection_->database->number("SELECT count(*) FROM meta"));
    return std::make_unique<Reading>(std::move(transaction));
  }

  Result<std::vector<std::string>> check() override {
    BOOST_OUTCOME_TRY(connect());
    std::vector<std::string> faults;
    BOOST_OUTCOME_TRY(auto integrity, connection_->database->prepare("PRAGMA integrity_check"));
    BOOST_OUTCOME_TRY(bool row, integrity.step());
    while (row) {
      if (integrity.text(0) != "ok") faults.emplace_back(integrity.text(0));
      BOOST_OUTCOME_TRY(row, integrity.step());
    }
    BOOST_OUTCOME_TRY(auto orphans, connection_->database->prepare("PRAGMA foreign_key_check"));
    BOOST_OUTCOME_TRY(row, orphans.step());
    while (row) {
      faults.push_back("a row of " + std::string{orphans.text(0)} + " belongs to no host");
      BOOST_OUTCOME_TRY(row, orphans.step());
    }
    BOOST_OUTCOME_TRY(SqliteOutbox * box, outbox());
    BOOST_OUTCOME_TRY(const auto of_outbox, box->check());
    faults.insert(faults.end(), of_outbox.begin(), of_outbox.end());
    return faults;
  }

  Result<void> backup(const std::filesystem::path& file, const Progress& progress) override {
    BOOST_OUTCOME_TRY(const auto moment, snapshot());
    return back_up(*connection_->database, file, progress);
  }

 private:
  struct KnownHost {
    std::int64_t no;
    std::string name;
    std::string subject;
  };

  Result<void> connect() {
    if (!connection_) {
      BOOST_OUTCOME_TRY(connection_, SqliteConnection::open(path_, access_));
    }
    return success();
  }

  // After an error: nothing that was read of this connection is sure any more.
  void disconnect() {
    outbox_.reset();
    connection_.reset();
    known_.clear();
  }

  Result<SqliteOutbox*> outbox() {
    BOOST_OUTCOME_TRY(connect());
    if (!outbox_) {
      BOOST_OUTCOME_TRY(outbox_, SqliteOutbox::open(*connection_->database, outbox_size_));
    }
    return outbox_.get();
  }

  // What records bring that the store has not taken before.
  struct ForOutbox {
    std::vector<OutboxBlock> blocks;
    WallTime since = WallTime::max();
  };

  Result<void> try_commit(std::span<const HostRecord> changed) {
    BOOST_OUTCOME_TRY(connect());
    BOOST_OUTCOME_TRY(const auto transaction,
                      Transaction::begin(*connection_->database, "IMMEDIATE"));
    ForOutbox fresh;
    for (const HostRecord& record : changed) {
      BOOST_OUTCOME_TRY(write(record, fresh));
    }
    if (!fresh.blocks.empty()) {
      BOOST_OUTCOME_TRY(SqliteOutbox * box, outbox());
      BOOST_OUTCOME_TRY(box->add(fresh.blocks, fresh.since));
    }
    return transaction->commit();
  }

  Result<void> write(const HostRecord& record, ForOutbox& for_outbox) {
    BOOST_OUTCOME_TRY(const KnownHost* host, find(record.state.id));
    BOOST_OUTCOME_TRY(const bool fresh,
                      host == nullptr ? write_new(record, host) : replace(record, *host));
    if (!fresh) return success();
    for (const HourFigures& hour : record.hours) {
      BOOST_OUTCOME_TRY(
          add(connection_->hours.add, host->no, in_unit(hour.hour, Grain::hour), hour.figures));
    }
    if (!record.outbox.empty()) {
      for_outbox.since = std::min(for_outbox.since, record.outbox_since);
      for_outbox.blocks.insert(for_outbox.blocks.end(), record.outbox.begin(), record.outbox.end());
    }
    return write_quiet_days(host->no, record.days);
  }

  Result<void> write_quiet_days(std::int64_t host, std::span<const QuietDay> days) {
    for (const QuietDay& day : days) {
      bind_quiet_day(connection_->insert_quiet_day, host, day);
      BOOST_OUTCOME_TRY(connection_->insert_quiet_day.run());
    }
    if (days.empty()) return success();
    return connection_->erase_quiet_days.bind(host)
        .bind(std::int64_t{days.back().day - most_quiet_days})
        .run();
  }

  Result<bool> write_new(const HostRecord& record, const KnownHost*& host) {
    if (record.before != Place{}) return displaced(record, {});
    BOOST_OUTCOME_TRY(connection_->insert_host.bind(record.state.id)
                          .bind(record.state.name)
                          .bind(record.state.subject)
                          .run());
    const std::int64_t no = ::sqlite3_last_insert_rowid(connection_->database->handle());
    host = &(known_[record.state.id] = {no, record.state.name, record.state.subject});
    const StateTexts texts{record.state.account};
    bind_state(connection_->insert_state, record.state, texts);
    BOOST_OUTCOME_TRY(connection_->insert_state.bind(no).run());
    return true;
  }

  // False: the store holds it already.
  Result<bool> replace(const HostRecord& record, const KnownHost& host) {
    const StateTexts texts{record.state.account};
    Statement& update = connection_->update_state;
    bind_state(update, record.state, texts);
    BOOST_OUTCOME_TRY(update.bind(host.no)
                          .bind(record.before.stream)
                          .bind(static_cast<std::int64_t>(record.before.seq))
                          .run());
    if (connection_->database->changes() == 0) {
      BOOST_OUTCOME_TRY(const Place place, place_of(host));
      if (place == record.state.place) return false;
      return displaced(record, place);
    }
    if (host.name != record.state.name || host.subject != record.state.subject) {
      BOOST_OUTCOME_TRY(connection_->rename_host.bind(record.state.name)
                            .bind(record.state.subject)
                            .bind(host.no)
                            .run());
      KnownHost& known = known_[record.state.id];
      known.name = record.state.name;
      known.subject = record.state.subject;
    }
    return true;
  }

  Result<Place> place_of(const KnownHost& host) {
    Statement& select = connection_->select_place;
    BOOST_OUTCOME_TRY(const bool row, select.bind(host.no).step());
    Place place;
    if (row) place = {select.id<StreamId>(0), static_cast<std::uint64_t>(select.integer(1))};
    select.reset();
    return place;
  }

  // Null where the store does not know it.
  Result<const KnownHost*> find(const HostId& id) {
    if (const auto known = known_.find(id); known != known_.end()) return &known->second;
    Statement& select = connection_->find_host;
    BOOST_OUTCOME_TRY(const bool row, select.bind(id).step());
    if (!row) return nullptr;
    KnownHost& host =
        known_[id] = {select.integer(0), std::string{select.text(1)}, std::string{select.text(2)}};
    select.reset();
    return &host;
  }

  template <class Take>
  Result<void> select(std::int64_t host, Grain grain, std::int64_t from, std::int64_t to,
                      std::size_t most, Take take) {
    Statement& select = connection_->ledger(grain).select;
    select.bind(host).bind(from).bind(to).bind(static_cast<std::int64_t>(most));
    BOOST_OUTCOME_TRY(bool more, select.step());
    while (more) {
      take(*connection_->row);
      BOOST_OUTCOME_TRY(more, select.step());
    }
    return success();
  }

  Result<std::int64_t> next_host(std::int64_t after) {
    Statement& select = connection_->next_host;
    BOOST_OUTCOME_TRY(const bool row, select.bind(after).step());
    const std::int64_t no = row ? select.integer(0) : 0;
    select.reset();
    return no;
  }

  // Hours of the host `rolling_`.
  Result<std::size_t> roll_up_host(Hour before, std::size_t most) {
    std::vector<StoredRow> hours;
    BOOST_OUTCOME_TRY(select(rolling_, Grain::hour, 0, in_unit(before, Grain::hour), most,
                             [&hours](const StoredRow& row) { hours.push_back(row); }));
    std::size_t moved = 0;
    for (const StoredRow& hour : hours) {
      if (!hour.intact) continue;
      BOOST_OUTCOME_TRY(add(connection_->days.add, rolling_, day_of(hour.at), hour.figures));
      BOOST_OUTCOME_TRY(connection_->hours.erase.bind(rolling_).bind(hour.at).run());
      ++moved;
    }
    return moved;
  }

  std::filesystem::path path_;
  Bytes outbox_size_;
  Access access_;
  Lock lock_;
  std::unique_ptr<SqliteConnection> connection_;  // null after a commit that failed
  std::unique_ptr<SqliteOutbox> outbox_;          // of that connection; null: not asked for yet
  std::unordered_map<HostId, KnownHost, IdHash> known_;
  std::int64_t rolling_ = 0;  // the host whose hours are rolled up, 0: none
  std::int64_t rolled_ = 0;   // the last host that is done in this round
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const StoreOptions& options, Access access) {
  Lock lock;
  if (access == Access::look) {
    BOOST_OUTCOME_TRY(auto connection, SqliteConnection::open(options.path, access));
    return std::make_unique<SqliteStore>(options, access, std::move(lock), std::move(connection));
  }
  std::error_code error;
  if (const auto directory = options.path.parent_path(); !directory.empty())
    std::filesystem::create_directories(directory, error);
  if (error)
    return fail(Errc::denied, options.path.parent_path().string() +
                                  ": cannot be made: " + error.message() +
                                  "; make it for the collector's user, or set store.path");
  BOOST_OUTCOME_TRY(auto taken, Lock::take(options.path));
  BOOST_OUTCOME_TRY(auto connection, SqliteConnection::open(options.path, access));
  return std::make_unique<SqliteStore>(options, access, std::move(taken), std::move(connection));
}

}  // namespace sobriety::collector
