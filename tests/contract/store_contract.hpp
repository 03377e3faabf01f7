// What every store must do: a suite to be run over each row of store_kinds().
#pragma once

#include "collector/store/store.hpp"
#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace sobriety::test {

inline collector::HostRecord record_of(std::uint8_t host, std::uint64_t seq) {
  collector::HostRecord record;
  record.id = id<HostId>(host);
  record.name = "host-" + std::to_string(host);
  record.stream = id<StreamId>(host);
  record.seq = seq;
  for (std::size_t method = 0; method < record.energy.size(); ++method)
    record.energy[method] = Microjoules{seq * 1000 + method};
  record.components = {{"package-0", static_cast<Cell>(seq), Microjoules{seq * 7}},
                       {"bmc", 0, Microjoules{}}};
  return record;
}

// A record as text, so that a difference can be read.
inline std::string text_of(const collector::HostRecord& record) {
  std::string text = record.id.hex() + ' ' + record.name + ' ' + record.stream.hex() + ' ' +
                     std::to_string(record.seq);
  for (const Microjoules energy : record.energy) text += ' ' + std::to_string(energy.count());
  for (const auto& component : record.components)
    text += " [" + component.component + ' ' + std::to_string(component.counter) + ' ' +
            std::to_string(component.total.count()) + ']';
  return text;
}

inline std::vector<std::string> texts_of(std::vector<collector::HostRecord> records) {
  std::vector<std::string> texts;
  for (const auto& record : records) texts.push_back(text_of(record));
  std::sort(texts.begin(), texts.end());
  return texts;
}

class StoreContract : public testing::TestWithParam<collector::StoreKind> {
 protected:
  void SetUp() override {
    auto opened = GetParam().open();
    ASSERT_TRUE(opened.has_value());
    store = std::move(opened.value());
  }
  void commit(const std::vector<collector::HostRecord>& records) {
    const auto done = store->commit(records);
    ASSERT_TRUE(done.has_value());
  }
  void expect_holds(const std::vector<collector::HostRecord>& records) {
    auto loaded = store->load();
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(texts_of(std::move(loaded.value())), texts_of(records));
  }

  std::unique_ptr<collector::Store> store;
};

TEST_P(StoreContract, a_new_store_is_empty) { expect_holds({}); }

TEST_P(StoreContract, a_commit_of_nothing_changes_nothing) {
  commit({record_of(1, 1)});
  commit({});
  expect_holds({record_of(1, 1)});
}

TEST_P(StoreContract, gives_back_all_of_what_was_committed) {
  const std::vector<collector::HostRecord> records{record_of(1, 10), record_of(2, 20),
                                                   record_of(3, 30)};
  commit(records);
  expect_holds(records);
  expect_holds(records);  // to load takes nothing away
}

TEST_P(StoreContract, a_later_record_of_a_host_replaces_the_earlier_one_whole) {
  commit({record_of(1, 10), record_of(2, 20)});
  collector::HostRecord changed = record_of(1, 11);
  changed.name = "another name";
  changed.stream = id<StreamId>(99);
  changed.energy = {};
  changed.components = {{"dram", 5, Microjoules{6}}};
  commit({changed});
  expect_holds({changed, record_of(2, 20)});
}

TEST_P(StoreContract, a_stream_that_begins_anew_may_go_back_in_its_numbers) {
  commit({record_of(1, 10)});
  commit({record_of(1, 0)});
  expect_holds({record_of(1, 0)});
}

TEST_P(StoreContract, names_may_be_any_text_and_need_not_be_unique) {
  std::vector<collector::HostRecord> records;
  const std::string names[] = {
      "",     "été-服务器", "it's \"quoted\"; drop table host; --", "a\\b%_", std::string(253, 'x'),
      "same", "same"};
  for (std::uint8_t i = 0; i < std::size(names); ++i) {
    records.push_back(record_of(i, 1));
    records.back().name = names[i];
    records.back().components = {{names[i], 1, Microjoules{1}}};
  }
  commit(records);
  expect_holds(records);
}

TEST_P(StoreContract, numbers_may_be_as_large_as_an_account_holds) {
  collector::HostRecord record = record_of(1, std::numeric_limits<std::int64_t>::max());
  record.energy.fill(Microjoules{std::numeric_limits<std::int64_t>::max()});
  record.components = {{"package-0", std::numeric_limits<Cell>::max(),
                        Microjoules{std::numeric_limits<std::int64_t>::max()}}};
  commit({record});
  expect_holds({record});
}

TEST_P(StoreContract, a_host_may_have_no_component_or_many) {
  collector::HostRecord none = record_of(1, 1);
  none.components.clear();
  collector::HostRecord many = record_of(2, 1);
  many.components.clear();
  for (int i = 0; i < 300; ++i)
    many.components.push_back({"component-" + std::to_string(i), i, Microjoules{7}});
  commit({none, many});
  expect_holds({none, many});
}

TEST_P(StoreContract, takes_many_hosts_in_one_commit) {
  std::vector<collector::HostRecord> records;
  for (int i = 0; i < 5000; ++i) {
    records.push_back(record_of(1, 1));
    records.back().id.bytes[14] = static_cast<std::uint8_t>(i >> 8);
    records.back().id.bytes[15] = static_cast<std::uint8_t>(i);
  }
  commit(records);
  expect_holds(records);
}

}  // namespace sobriety::test
