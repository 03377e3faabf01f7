// What every store must do: a suite to be run over each row of store_kinds().
#pragma once

#include "collector/store/store.hpp"
#include "collector/store/verify.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace sobriety::test {

using collector::Access;
using collector::Figure;
using collector::Figures;
using collector::Grain;
using collector::HostRecord;
using collector::Hour;
using collector::LedgerRow;

class StoreContract : public testing::TestWithParam<collector::StoreKind> {
 protected:
  void SetUp() override { open(); }
  void open() {
    store.reset();
    auto opened = GetParam().open({"", directory.path() / "store"}, Access::own);
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(opened.value());
  }
  void commit(const std::vector<HostRecord>& records) {
    const auto done = store->commit(records);
    ASSERT_TRUE(done) << done.error().message;
  }
  void expect_holds(const std::vector<HostRecord>& records) {
    auto loaded = store->load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    auto& states = loaded.value();
    std::sort(states.begin(), states.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    ASSERT_EQ(states.size(), records.size());
    for (std::size_t i = 0; i < states.size(); ++i)
      EXPECT_TRUE(states[i] == records[i].state) << states[i].id.hex() << ' ' << states[i].name;
  }
  [[nodiscard]] std::vector<LedgerRow> rows(std::uint8_t host, Grain grain = Grain::hour,
                                            Hour from = {}, Hour to = Hour::max(),
                                            std::size_t most = 1'000'000) {
    auto found = store->rows(id<HostId>(host), grain, from,
                             std::min(to, some_hour + std::chrono::days{40'000}), most);
    EXPECT_TRUE(found) << found.error().message;
    return found ? found.value() : std::vector<LedgerRow>{};
  }
  [[nodiscard]] Figures sum(std::uint8_t host) {
    Figures all;
    for (const Grain grain : {Grain::hour, Grain::day})
      for (const LedgerRow& row : rows(host, grain)) all += row.figures;
    return all;
  }
  void expect_sound() {
    const auto verified = verify(
        *store, [](const std::string& fault) { ADD_FAILURE() << fault; }, [](auto, auto) {});
    ASSERT_TRUE(verified) << verified.error().message;
  }

  TempDirectory directory;
  std::unique_ptr<collector::Store> store;
};

// What a judge may remember, with every part in use.
inline collector::JudgeMemory some_memory() {
  collector::JudgeMemory memory;
  memory.idle.state = collector::PowerState::idle;
  memory.idle.known = 200;
  memory.idle.quiet.set();
  memory.idle.quiet[77] = false;
  memory.since = boot_wall;
  memory.first_seen = boot_wall - std::chrono::days{3};
  memory.farewell = collector::Farewell::suspend;
  memory.signs = collector::Signs::of_bits(0x2b);
  memory.bucket = {std::chrono::seconds{60}, 1, 2, 3, 4, no_value, 6};
  memory.people = {1, no_value, 0, 2, 99, 12'345, std::chrono::seconds{7}};
  memory.today = {20'000, 600, 500, 400, 2, 610};
  memory.known_ms = 59'999;
  memory.standing = {collector::Verdict::comatose, 19'900};
  return memory;
}

TEST_P(StoreContract, keeps_what_is_known_of_a_host_and_what_is_known_later) {
  auto record = record_of(1, 1);
  record.state.subject = "os\tDebian 12\n";
  commit({record});
  expect_holds({record});
  auto later = next_of(record, some_hour, figures_of(5));
  later.state.subject = "os\tDebian 13\n";
  commit({later});
  expect_holds({later});
}

TEST_P(StoreContract, a_new_store_is_empty_and_sound) {
  expect_holds({});
  EXPECT_TRUE(rows(1).empty());
  expect_sound();
}

TEST_P(StoreContract, a_commit_of_nothing_changes_nothing) {
  commit({record_of(1, 1)});
  commit({});
  expect_holds({record_of(1, 1)});
}

TEST_P(StoreContract, gives_back_all_of_what_was_committed) {
  const std::vector<HostRecord> records{record_of(1, 10), record_of(2, 20), record_of(3, 30)};
  commit(records);
  expect_holds(records);
  expect_holds(records);  // to load takes nothing away
}

TEST_P(StoreContract, keeps_every_part_of_an_account) {
  HostRecord record = record_of(1, 10);
  collector::Account& account = record.state.account;
  for (std::size_t i = 0; i < account.energy.size(); ++i) account.energy[i] = Microjoules{i * 7};
  account.components = {{"package-0", 5, Microjoules{6}}, {"bmc", 0, Microjoules{}}};
  for (std::size_t i = 0; i < account.totals.values.size(); ++i)
    account.totals.values[i] = static_cast<std::int64_t>(100 + i);
  account.timeline = {id<BootId>(9), std::chrono::seconds{5}, std::chrono::seconds{2}, boot_wall,
                      boot_wall + std::chrono::seconds{3}};
  account.measured_to = boot_wall + std::chrono::milliseconds{1};
  account.last_seen = boot_wall + std::chrono::milliseconds{2};
  account.emissions = {{"RTE \"eCO2mix\"", 12}, {"OWID", 0}};
  account.wait = {
      std::chrono::milliseconds{1}, Microjoules{2}, Microjoules{3}, {4, 5}, boot_wall, boot_wall};
  account.judge = some_memory();
  commit({record});
  expect_holds({record});
}

TEST_P(StoreContract, an_account_may_change_in_its_place_as_often_as_it_is_said) {
  const HostRecord first = record_of(1, 10);
  commit({first});
  HostRecord left = first;
  left.before = first.state.place;
  left.state.account.judge.farewell = collector::Farewell::shutdown;
  for (int i = 0; i < 2; ++i) commit({left});
  expect_holds({left});
  commit({next_of(left, some_hour, figures_of(500))});
  EXPECT_EQ(sum(1), figures_of(500));
}

TEST_P(StoreContract, days_of_use_replace_what_was_kept_of_them_and_old_ones_go) {
  HostRecord record = record_of(1, 10);
  record.days = {{100, 1440, 3, 4, 5, 6}, {101, 1, 1, 1, 1, 1}};
  commit({record});
  record = next_of(record, some_hour, figures_of(1));
  record.days = {{101, 1440, 1439, 7, 0, 1440}};
  commit({record});
  const std::vector<collector::QuietDay> both{{100, 1440, 3, 4, 5, 6},
                                              {101, 1440, 1439, 7, 0, 1440}};
  EXPECT_EQ(store->quiet_days(id<HostId>(1), 0).value(), both);
  EXPECT_EQ(store->quiet_days(id<HostId>(1), 101).value(), std::vector{both[1]});
  EXPECT_TRUE(store->quiet_days(id<HostId>(2), 0).value().empty());
  record = next_of(record, some_hour, figures_of(1));
  record.days = {{101 + collector::most_quiet_days, 1, 1, 1, 1, 1}};
  commit({record});
  EXPECT_EQ(store->quiet_days(id<HostId>(1), 0).value(), (std::vector{both[1], record.days[0]}));
}

TEST_P(StoreContract, a_later_record_of_a_host_replaces_the_earlier_one_whole) {
  const HostRecord first = record_of(1, 10);
  commit({first, record_of(2, 20)});
  HostRecord changed = record_of(1, 11);
  changed.before = first.state.place;
  changed.state.name = "another name";
  changed.state.place.stream = id<StreamId>(99);
  changed.state.account.components = {{"dram", 5, Microjoules{6}}};
  commit({changed});
  expect_holds({changed, record_of(2, 20)});
}

TEST_P(StoreContract, a_stream_that_begins_anew_may_go_back_in_its_numbers) {
  const HostRecord first = record_of(1, 10);
  commit({first});
  HostRecord again = record_of(1, 1);
  again.before = first.state.place;
  commit({again});
  expect_holds({again});
}

TEST_P(StoreContract, the_ledger_adds_what_each_commit_brings) {
  const HostRecord first = record_of(1, 10);
  const HostRecord second = next_of(first, some_hour, figures_of(500));
  HostRecord third = next_of(second, some_hour, figures_of(70));
  third.hours.push_back({some_hour + std::chrono::hours{1}, figures_of(1)});
  third.state.account.totals += figures_of(1);
  third.state.account.energy[0] += Microjoules{1};
  for (const auto& record : {first, second, third}) commit({record});
  const auto found = rows(1);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].from, some_hour);
  EXPECT_EQ(found[0].figures, figures_of(570, 120'000));
  EXPECT_EQ(found[1].figures, figures_of(1));
  expect_sound();
}

TEST_P(StoreContract, what_was_durable_in_spite_of_an_error_takes_effect_once) {
  const HostRecord first = record_of(1, 10);
  const HostRecord second = next_of(first, some_hour, figures_of(500));
  for (const auto& record : {first, second, second, second}) commit({record});
  EXPECT_EQ(sum(1), figures_of(500));
  expect_holds({second});
  // So does the first record of a host.
  const HostRecord other = record_of(2, 3);
  for (int i = 0; i < 2; ++i) commit({other});
  expect_holds({second, other});
}

TEST_P(StoreContract, a_record_whose_place_is_neither_is_refused_by_name_with_all_beside_it) {
  const HostRecord first = record_of(1, 10);
  commit({first});
  const HostRecord second = next_of(first, some_hour, figures_of(500));
  const HostRecord third = next_of(second, some_hour, figures_of(500));
  const auto done = store->commit(std::vector{record_of(2, 1), third});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, testing::HasSubstr("host host-1 (0101"));
  expect_holds({first});
  EXPECT_TRUE(rows(1).empty());
  const auto unknown = store->commit(std::vector{next_of(record_of(3, 1), some_hour, {})});
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, testing::HasSubstr("host-3"));
  commit({second});  // and it goes on
  expect_holds({second});
}

TEST_P(StoreContract, rows_come_in_order_and_page_by_page) {
  HostRecord record = record_of(1, 1);
  commit({record});
  for (int i = 9; i >= 0; --i) {
    record = next_of(record, some_hour + std::chrono::hours{i}, figures_of(i));
    commit({record});
  }
  const auto page =
      rows(1, Grain::hour, some_hour + std::chrono::hours{2}, some_hour + std::chrono::hours{8}, 4);
  ASSERT_EQ(page.size(), 4U);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(page[static_cast<std::size_t>(i)].from, some_hour + std::chrono::hours{i + 2});
  EXPECT_EQ(
      rows(1, Grain::hour, some_hour + std::chrono::hours{6}, some_hour + std::chrono::hours{8}, 4)
          .size(),
      2U);
  EXPECT_TRUE(rows(1, Grain::day).empty());
}

TEST_P(StoreContract, hours_that_are_rolled_up_into_days_lose_nothing) {
  std::mt19937 random{7};
  std::vector<HostRecord> hosts;
  for (std::uint8_t host = 1; host <= 3; ++host) hosts.push_back(record_of(host, 1));
  commit(hosts);
  for (int i = 0; i < 200; ++i)
    for (HostRecord& host : hosts) {
      const auto hour = some_hour + std::chrono::hours{random() % 500};
      host = next_of(host, hour, figures_of(static_cast<std::int64_t>(random()), 1000));
      commit({host});
    }
  const Hour before = std::chrono::floor<std::chrono::days>(some_hour) + std::chrono::days{10};
  for (std::size_t moved = 1; moved > 0;) {
    const auto done = store->roll_up(before, 37);
    ASSERT_TRUE(done) << done.error().message;
    moved = done.value();
    EXPECT_LE(moved, 37U + 500U);
    expect_sound();
  }
  for (const HostRecord& host : hosts) {
    const auto number = host.state.id.bytes[0];
    EXPECT_EQ(sum(number), host.state.account.totals);
    for (const LedgerRow& row : rows(number)) EXPECT_GE(row.from, before);
    for (const LedgerRow& row : rows(number, Grain::day)) EXPECT_LT(row.from, before);
    EXPECT_EQ(rows(number, Grain::day).size(), 10U);
  }
  // What comes late for a day that was rolled up is added to it the next time.
  hosts[0] = next_of(hosts[0], some_hour, figures_of(1));
  commit({hosts[0]});
  EXPECT_EQ(store->roll_up(before, 37).value(), 1U);
  EXPECT_EQ(sum(1), hosts[0].state.account.totals);
  EXPECT_EQ(store->roll_up(before, 37).value(), 0U);
}

TEST_P(StoreContract, names_may_be_any_text_and_need_not_be_unique) {
  std::vector<HostRecord> records;
  const std::string names[] = {
      "",     "été-服务器", "it's \"quoted\"; drop table host; --", "a\\b%_", std::string(253, 'x'),
      "same", "same"};
  for (std::uint8_t i = 0; i < std::size(names); ++i) {
    records.push_back(record_of(i, 1));
    records.back().state.name = names[i];
    records.back().state.account.components = {{names[i], 1, Microjoules{1}}};
  }
  commit(records);
  expect_holds(records);
}

TEST_P(StoreContract, numbers_may_be_as_large_as_an_account_holds) {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  HostRecord record = record_of(1, largest);
  record.state.account.energy.fill(Microjoules{largest});
  record.state.account.components = {{"package-0", largest, Microjoules{largest}}};
  record.state.account.totals.values.fill(largest);
  record.hours = {{some_hour, record.state.account.totals}};
  commit({record});
  expect_holds({record});
  EXPECT_EQ(sum(1), record.state.account.totals);
}

TEST_P(StoreContract, a_host_may_have_no_component_or_many) {
  const HostRecord none = record_of(1, 1);
  HostRecord many = record_of(2, 1);
  for (int i = 0; i < 300; ++i)
    many.state.account.components.push_back({"component-" + std::to_string(i), i, Microjoules{7}});
  commit({none, many});
  expect_holds({none, many});
}

TEST_P(StoreContract, takes_many_hosts_in_one_commit) {
  std::vector<HostRecord> records;
  for (int i = 0; i < 5000; ++i) {
    records.push_back(record_of(1, 1));
    records.back().state.id.bytes[14] = static_cast<std::uint8_t>(i >> 8);
    records.back().state.id.bytes[15] = static_cast<std::uint8_t>(i);
  }
  commit(records);
  expect_holds(records);
}

}  // namespace sobriety::test
