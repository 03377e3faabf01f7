#include "collector/store/sqlite.hpp"

#include "collector/store/schema.hpp"
#include "collector/store/verify.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/temp_directory.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <sstream>

namespace sobriety::collector {
namespace {

using test::figures_of;
using test::next_of;
using test::record_of;
using test::some_hour;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class SqliteTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Store> open(Access access = Access::own) {
    auto opened = open_sqlite({"sqlite", path}, access);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(opened.value()) : nullptr;
  }
  [[nodiscard]] std::string problem_at_opening(Access access = Access::own) {
    const auto opened = open_sqlite({"sqlite", path}, access);
    return opened ? "" : opened.error().message;
  }
  // What another hand does to the file.
  void execute(const std::string& sql) {
    const auto database = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    ASSERT_TRUE(database);
    const auto done = database.value()->execute(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  // Two hosts with three hours each.
  void fill() {
    const auto store = open();
    for (std::uint8_t host = 1; host <= 2; ++host) {
      HostRecord record = record_of(host, 1);
      ASSERT_TRUE(store->commit(std::span{&record, 1}));
      for (int i = 0; i < 3; ++i) {
        record = next_of(record, some_hour + std::chrono::hours{i}, figures_of(1000 + i));
        ASSERT_TRUE(store->commit(std::span{&record, 1}));
      }
    }
  }
  [[nodiscard]] static std::vector<std::string> faults_of(Store& store) {
    std::vector<std::string> faults;
    const auto verified = verify(
        store, [&faults](const std::string& fault) { faults.push_back(fault); }, [](auto, auto) {});
    EXPECT_TRUE(verified && verified.value().faults == faults.size());
    return faults;
  }
  [[nodiscard]] std::vector<std::string> faults() { return faults_of(*open(Access::look)); }

  test::TempDirectory directory;
  std::filesystem::path path = directory.path() / "state" / "sobriety.db";
};

TEST_F(SqliteTest, what_was_committed_is_there_after_it_was_opened_anew) {
  fill();
  const auto store = open();
  EXPECT_EQ(store->load().value().size(), 2U);
  EXPECT_EQ(store->rows(test::id<HostId>(1), Grain::hour, {}, Hour::max(), 10).value().size(), 3U);
  EXPECT_THAT(faults_of(*store), IsEmpty());
}

TEST_F(SqliteTest, its_files_are_readable_by_their_owner_only) {
  const auto store = open();
  HostRecord record = record_of(1, 1);
  ASSERT_TRUE(store->commit(std::span{&record, 1}));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{path.parent_path()}) {
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 4);  // the database, its log and index, the lock
}

TEST_F(SqliteTest, a_second_collector_is_refused_until_the_first_is_gone) {
  auto first = open();
  EXPECT_THAT(problem_at_opening(),
              AllOf(StartsWith(path.string()), HasSubstr("another sobriety-collector uses")));
  EXPECT_EQ(problem_at_opening(Access::look), "");
  first.reset();
  EXPECT_EQ(problem_at_opening(), "");
}

TEST_F(SqliteTest, a_directory_that_cannot_be_made_is_named_with_what_to_do) {
  std::ofstream{directory.path() / "file"} << "in the way";
  path = directory.path() / "file" / "below" / "sobriety.db";
  EXPECT_THAT(problem_at_opening(),
              AllOf(HasSubstr((directory.path() / "file").string()), HasSubstr("store.path")));
}

TEST_F(SqliteTest, looking_makes_nothing) {
  EXPECT_THAT(problem_at_opening(Access::look), HasSubstr("there is no such store"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SqliteTest, a_newer_store_is_refused_and_named_with_both_versions) {
  fill();
  execute("PRAGMA user_version = 99");
  for (const Access access : {Access::own, Access::look})
    EXPECT_THAT(problem_at_opening(access),
                AllOf(HasSubstr("version 99"),
                      HasSubstr("knows up to " + std::to_string(migrations().back().to)),
                      HasSubstr("run the newer collector")));
}

TEST_F(SqliteTest, a_database_of_another_program_is_refused) {
  std::filesystem::create_directories(path.parent_path());
  execute("CREATE TABLE theirs (x)");
  EXPECT_THAT(problem_at_opening(), HasSubstr("is a database of another program"));
}

TEST_F(SqliteTest, damage_is_found_at_opening_and_the_way_out_is_told) {
  fill();
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(4096 + 8);
  file << std::string(3000, '\xa5');
  file.close();
  EXPECT_THAT(problem_at_opening(), AllOf(StartsWith(path.string()), HasSubstr("is damaged"),
                                          HasSubstr("restore a backup")));
  std::ofstream{path, std::ios::trunc} << std::string(5000, 'x');
  EXPECT_THAT(problem_at_opening(), HasSubstr("is damaged"));
}

TEST_F(SqliteTest, a_store_of_each_earlier_version_is_read) {
  std::filesystem::create_directories(path.parent_path());
  std::ifstream file{std::filesystem::path{SOBRIETY_FIXTURES} / "store" / "v1.sql"};
  std::stringstream sql;
  sql << file.rdbuf();
  execute(sql.str());
  const auto store = open();
  EXPECT_THAT(faults_of(*store), IsEmpty());
  const auto states = store->load().value();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].name, "host-1");
  EXPECT_EQ(states[0].place.seq, 4U);
  // Each of its hours has 3 % of 1,000 uJ, by whole hundreds.
  Figures totals = figures_of(3003, 180'000);
  totals[Figure::uj_low] = 3003 - 90;
  totals[Figure::uj_high] = 3003 + 90;
  EXPECT_EQ(states[0].account.totals, totals);
  EXPECT_EQ(states[0].account.judge, JudgeMemory{});
}

TEST_F(SqliteTest, a_store_of_version_2_gains_an_outbox) {
  std::filesystem::create_directories(path.parent_path());
  std::ifstream file{std::filesystem::path{SOBRIETY_FIXTURES} / "store" / "v2.sql"};
  std::stringstream sql;
  sql << file.rdbuf();
  execute(sql.str());
  const auto store = open();
  EXPECT_THAT(faults_of(*store), IsEmpty());
  EXPECT_EQ(store->load().value().size(), 2U);
  EXPECT_EQ(store->outbox_state().value(), OutboxState{});
}

TEST_F(SqliteTest, the_outbox_is_as_durable_as_the_accounts) {
  HostRecord record = record_of(1, 1);
  record.outbox = {{"a", 3}};
  ASSERT_TRUE(open()->commit(std::span{&record, 1}));
  const auto store = open();
  std::vector<std::string> notes;
  const auto rows = store->outbox_rows(100, notes).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].blocks, record.outbox);
  EXPECT_EQ(store->outbox_state().value().taken, 3U);
}

TEST_F(SqliteTest, damage_in_the_outbox_costs_the_row_alone_and_is_told) {
  HostRecord record = record_of(1, 1);
  record.outbox = {{"a", 3}};
  ASSERT_TRUE(open()->commit(std::span{&record, 1}));
  execute("UPDATE outbox SET blocks = x'28b52ffd'");
  const auto store = open();
  record = next_of(record, some_hour, figures_of(1));
  record.outbox = {{"b", 4}};
  ASSERT_TRUE(store->commit(std::span{&record, 1}));
  std::vector<std::string> notes;
  const auto rows = store->outbox_rows(100, notes).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].blocks, record.outbox);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("not as it was written")));
  EXPECT_EQ(store->outbox_state().value().refused, 3U);
  EXPECT_THAT(faults_of(*store), IsEmpty());
}

TEST_F(SqliteTest, samples_of_the_outbox_that_another_hand_took_are_found) {
  HostRecord record = record_of(1, 1);
  record.outbox = {{"a", 3}};
  ASSERT_TRUE(open()->commit(std::span{&record, 1}));
  execute("DELETE FROM outbox");
  EXPECT_THAT(faults_of(*open()), ElementsAre(HasSubstr("the outbox took 3 samples")));
}

TEST(Migrations, all_of_them_take_effect_or_none) {
  const auto database = Database::open(":memory:", SQLITE_OPEN_READWRITE);
  Database& db = *database.value();
  const std::vector<Migration> first{{1, "CREATE TABLE a (x)"}};
  const std::vector<Migration> broken{
      first[0], {2, "CREATE TABLE b (x)"}, {3, "CREATE TABLE a (x)"}};
  const std::vector<Migration> good{first[0], {2, "CREATE TABLE b (x)"}, {3, "CREATE TABLE c (x)"}};
  const auto tables = [&db] { return db.number("SELECT count(*) FROM sqlite_schema").value(); };
  ASSERT_TRUE(migrate(db, first));
  EXPECT_FALSE(migrate(db, broken));
  EXPECT_EQ(tables(), 1);
  EXPECT_EQ(db.number("PRAGMA user_version").value(), 1);
  ASSERT_TRUE(migrate(db, good));
  ASSERT_TRUE(migrate(db, good));
  EXPECT_EQ(tables(), 3);
  EXPECT_FALSE(require_version(db, first));
}

struct Planted {
  const char* name;
  const char* sql;
  std::vector<std::string> found;  // in this order
};
class Verify : public SqliteTest, public testing::WithParamInterface<Planted> {};

const std::string host_1 = "host host-1 (01010101010101010101010101010101)";
const std::string host_2 = "host host-2 (02020202020202020202020202020202)";
const std::string checksum_fault =
    ": was changed by another hand: its checksum is not that of its figures";

TEST_P(Verify, names_host_and_hour_of_a_change_by_another_hand) {
  fill();
  EXPECT_THAT(faults(), IsEmpty());
  execute(GetParam().sql);
  EXPECT_EQ(faults(), GetParam().found);
}

INSTANTIATE_TEST_SUITE_P(
    Sqlite, Verify,
    testing::Values(
        Planted{"a_figure_that_was_changed",
                "UPDATE host_hour SET ms_on = ms_on - 1 WHERE host = 1 AND hour % 24 = 14",
                {host_1 + " hour 2026-11-24T14:00Z" + checksum_fault,
                 host_1 + ": ms_on is 180000 in its account and 179999 in its hours and days"}},
        Planted{"energy_moved_from_one_state_to_another",
                "UPDATE host_hour SET uj_on = 0, uj_idle = uj_on WHERE host = 2 AND hour % 24 = 13",
                {host_2 + " hour 2026-11-24T13:00Z" + checksum_fault,
                 host_2 + ": uj_idle is 0 in its account and 1000 in its hours and days",
                 host_2 + ": uj_on is 3003 in its account and 2003 in its hours and days"}},
        Planted{"a_row_that_was_moved_to_another_hour",
                "UPDATE host_hour SET hour = hour + 5 WHERE host = 1 AND hour % 24 = 15",
                {host_1 + " hour 2026-11-24T20:00Z" + checksum_fault}},
        Planted{"rows_that_changed_hosts",
                "UPDATE host_hour SET host = 3 - host, hour = hour + 24 WHERE hour % 24 = 13",
                {host_1 + " hour 2026-11-25T13:00Z" + checksum_fault,
                 host_2 + " hour 2026-11-25T13:00Z" + checksum_fault}},
        Planted{"a_row_that_is_gone",
                "DELETE FROM host_hour WHERE host = 1 AND hour % 24 = 15",
                {host_1 + ": ms_on is 180000 in its account and 120000 in its hours and days",
                 host_1 + ": uj_measured is 3003 in its account and 2001 in its hours and days",
                 host_1 + ": uj_on is 3003 in its account and 2001 in its hours and days",
                 host_1 + ": uj_low is 2913 in its account and 1941 in its hours and days",
                 host_1 + ": uj_high is 3093 in its account and 2061 in its hours and days"}},
        Planted{"an_account_that_was_changed",
                "UPDATE host_state SET methods = '{\"external_meter\":7}' WHERE host = 2",
                {host_2 + ": has 7 uJ by method and 3003 uJ by quality"}},
        Planted{"rows_of_nobody",
                "PRAGMA foreign_keys = OFF; UPDATE host_hour SET host = 77 WHERE hour % 24 = 13"
                " AND host = 1; INSERT INTO host_day SELECT * FROM host_hour WHERE host = 77;"
                " UPDATE host_hour SET host = 1 WHERE host = 77",
                {"store: a row of host_day belongs to no host"}}),
    [](const auto& row) { return row.param.name; });

TEST_F(SqliteTest, a_change_by_another_hand_is_found_after_more_was_added_and_is_not_rolled_up) {
  fill();
  execute("UPDATE host_hour SET ms_on = ms_on - 1 WHERE host = 1 AND hour % 24 = 14");
  const auto store = open();
  HostRecord record = record_of(1, 4);
  record.state = store->load().value().at(0);
  record = next_of(record, some_hour + std::chrono::hours{1}, figures_of(5));
  ASSERT_TRUE(store->commit(std::span{&record, 1}));
  EXPECT_THAT(faults_of(*store), testing::Contains(HasSubstr("T14:00Z")));
  while (store->roll_up(some_hour + std::chrono::days{1}, 100).value() > 0) {
  }
  EXPECT_THAT(faults_of(*store), testing::Contains(HasSubstr("T14:00Z")));
  EXPECT_EQ(store->rows(record.state.id, Grain::hour, {}, Hour::max(), 10).value().size(), 1U);
}

TEST_F(SqliteTest, a_row_with_more_time_than_it_has_or_energy_that_does_not_add_up_is_found) {
  const auto store = open();
  HostRecord record = record_of(1, 1);
  record.hours = {{some_hour, figures_of(0, 3'600'001)},
                  {some_hour + std::chrono::hours{1}, figures_of(-1)}};
  Figures torn;
  torn[Figure::uj_measured] = torn[Figure::uj_high] = 4;
  torn[Figure::uj_off] = 3;
  record.hours.push_back({some_hour + std::chrono::hours{2}, torn});
  for (const auto& hour : record.hours) record.state.account.totals += hour.figures;
  record.state.account.energy[0] = Microjoules{3};
  ASSERT_TRUE(store->commit(std::span{&record, 1}));
  EXPECT_THAT(
      faults_of(*store),
      ElementsAre(host_1 + " hour 2026-11-24T13:00Z: has 3600001 ms, more than an hour",
                  host_1 + " hour 2026-11-24T14:00Z: has a negative figure",
                  host_1 + " hour 2026-11-24T15:00Z: has 3 uJ by state and 4 uJ by quality"));
}

// No file of this process may grow while it lives.
class FullDisk {
 public:
  FullDisk() : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST_F(SqliteTest, a_disk_that_takes_nothing_fails_the_commit_and_the_next_one_works) {
  const auto store = open();
  HostRecord first = record_of(1, 1);
  ASSERT_TRUE(store->commit(std::span{&first, 1}));
  HostRecord second = next_of(first, some_hour, figures_of(500));
  {
    const FullDisk full;
    for (int i = 0; i < 3; ++i) {
      const auto done = store->commit(std::span{&second, 1});
      ASSERT_FALSE(done);
      EXPECT_THAT(done.error().message, HasSubstr(path.string()));
    }
  }
  const auto done = store->commit(std::span{&second, 1});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(faults_of(*store), IsEmpty());
  EXPECT_EQ(store->load().value().at(0).place.seq, 2U);
}

TEST_F(SqliteTest, a_backup_is_of_one_moment_and_verifies_while_the_store_goes_on) {
  fill();
  const auto store = open();
  const auto looking = open(Access::look);
  const auto copy = directory.path() / "copy.db";
  std::ofstream{copy.string() + ".partial"} << "of a backup that was interrupted";
  HostRecord record = record_of(3, 1);
  std::uint64_t reported = 0;
  const auto done = looking->backup(copy, [&](std::uint64_t copied, std::uint64_t all) {
    EXPECT_LE(copied, all);
    reported = copied;
    ASSERT_TRUE(store->commit(std::span{&record, 1}));
    record = next_of(record, some_hour, figures_of(1));
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_GT(reported, 0U);
  EXPECT_FALSE(std::filesystem::exists(copy.string() + ".partial"));
  struct stat status {};
  ASSERT_EQ(::stat(copy.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(store->load().value().size(), 3U);
  path = copy;
  EXPECT_THAT(faults(), IsEmpty());
  EXPECT_EQ(open()->load().value().size(), 2U);
}

TEST_F(SqliteTest, a_backup_that_cannot_be_written_leaves_nothing) {
  fill();
  const auto store = open(Access::look);
  const auto missing = directory.path() / "no" / "copy.db";
  const auto done = store->backup(missing, [](auto, auto) {});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr(missing.string()));
}

}  // namespace
}  // namespace sobriety::collector
