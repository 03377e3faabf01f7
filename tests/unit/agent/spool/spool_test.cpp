#include "agent/spool/spool.hpp"

#include "tests/support/spooled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using test::Batches;
using test::counters_of;
using test::FakeDisk;
using test::Spooler;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() { EXPECT_TRUE(agent.start()); }

  std::size_t files(std::string_view ending) const {
    std::size_t count = 0;
    for (const auto& [name, content] : disk->files()) count += name.ends_with(ending);
    return count;
  }
  void make(int batches) {
    for (int i = 0; i < batches; ++i) {
      agent.batch();
      agent.spool->sync_now();
    }
  }
  void restart() { ASSERT_TRUE(agent.start()); }

  std::shared_ptr<FakeDisk> disk = std::make_shared<FakeDisk>();
  Spooler agent{disk};
};

TEST_F(SpoolTest, batches_are_found_again_by_the_next_run_in_the_same_stream) {
  make(20);
  const StreamId stream = agent.spool->stream();
  restart();
  EXPECT_EQ(agent.spool->stream(), stream);
  EXPECT_EQ(agent.spool->next_seq(), 21U);
  EXPECT_EQ(agent.spool->waiting().batches, 20U);
  EXPECT_EQ(agent.spool->waiting().samples, 60U);
  EXPECT_EQ(agent.sendable(), agent.made);
  make(5);
  EXPECT_EQ(agent.sendable(), agent.made);
  restart();
  EXPECT_EQ(agent.sendable(), agent.made);
}

TEST_F(SpoolTest, a_batch_is_sent_once_it_is_synced_and_not_before) {
  agent.batch();
  EXPECT_THAT(agent.sendable(), IsEmpty());
  EXPECT_FALSE(agent.spool->empty());
  EXPECT_TRUE(agent.spool->unsynced_since());
  const spool::SyncJob job = agent.spool->begin_sync();
  agent.batch();  // while the disk works
  agent.spool->end_sync(job, job.run());
  EXPECT_THAT(agent.sendable(), SizeIs(1));
  EXPECT_TRUE(agent.spool->unsynced_since());
  agent.spool->sync_now();
  EXPECT_FALSE(agent.spool->unsynced_since());
  EXPECT_EQ(agent.sendable(), agent.made);
}

TEST_F(SpoolTest, samples_of_a_batch_that_was_never_completed_become_one) {
  make(2);
  agent.sample();
  agent.sample();
  restart();  // the process died: nothing of it was synced
  EXPECT_EQ(agent.spool->next_seq(), 4U);
  EXPECT_EQ(agent.counter, 8000);
  agent.spool->sync_now();
  const Batches found = agent.sendable();
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_THAT(counters_of(found.at(3)), ElementsAre(7000, 8000));
  restart();
  EXPECT_EQ(agent.sendable(), found);
}

TEST_F(SpoolTest, counters_go_on_even_when_all_is_acknowledged) {
  for (int round = 1; round <= 10; ++round) {
    make(5);
    agent.spool->acknowledge(agent.spool->next_seq() - 1);
    EXPECT_TRUE(agent.spool->empty());
    restart();
    EXPECT_EQ(agent.counter, 15'000 * round);
    EXPECT_EQ(agent.spool->next_seq(), 5U * static_cast<unsigned>(round) + 1);
  }
}

TEST_F(SpoolTest, a_component_that_is_not_there_now_keeps_its_total) {
  make(1);
  agent.spool->tell_totals([] { return ComponentTotals{{"package-0", 3000}, {"gone", 77}}; });
  make(40);  // several segments later
  restart();
  EXPECT_THAT(agent.spool->carried(),
              ElementsAre(std::pair{"gone", 77}, std::pair{"package-0", agent.counter}));
}

TEST_F(SpoolTest, what_is_acknowledged_leaves_the_disk_but_for_the_newest_segment) {
  make(40);
  EXPECT_GT(files(".seg"), 5U);
  agent.spool->acknowledge(40);
  EXPECT_EQ(files(".seg"), 1U);
  EXPECT_EQ(agent.spool->bytes(), 0U);
  EXPECT_THAT(agent.sendable(), IsEmpty());
  restart();
  EXPECT_EQ(agent.spool->next_seq(), 41U);
}

TEST_F(SpoolTest, what_waits_is_known_to_the_byte_wherever_the_acknowledgement_is) {
  make(30);
  for (std::uint64_t seq = 1; seq <= 30; ++seq) {
    agent.spool->acknowledge(seq);
    std::uint64_t bytes = 0;
    for (const auto& [number, frame] : agent.sendable()) bytes += frame.size();
    EXPECT_EQ(agent.spool->waiting().batches, 30 - seq);
    EXPECT_EQ(agent.spool->waiting().samples, 3 * (30 - seq));
    EXPECT_EQ(agent.spool->bytes(), bytes) << seq;
  }
  EXPECT_TRUE(agent.spool->empty());
}

TEST_F(SpoolTest, what_waits_is_known_when_many_are_acknowledged_at_once) {
  make(30);
  agent.spool->acknowledge(17);
  std::uint64_t bytes = 0;
  for (const auto& [number, frame] : agent.sendable()) bytes += frame.size();
  EXPECT_EQ(agent.spool->waiting().batches, 13U);
  EXPECT_EQ(agent.spool->bytes(), bytes);
}

TEST_F(SpoolTest, the_next_run_knows_what_was_acknowledged_before_its_last_record) {
  make(10);
  agent.spool->acknowledge(7);
  make(1);
  restart();
  EXPECT_EQ(agent.spool->acknowledged(), 7U);
  EXPECT_EQ(agent.spool->waiting().batches, 4U);
  EXPECT_EQ(agent.sendable().begin()->first, 8U);
}

TEST_F(SpoolTest, what_was_dropped_does_not_pass_for_acknowledged_in_the_next_run) {
  make(200);
  ASSERT_GT(agent.spool->dropped_samples(), 0U);
  restart();
  EXPECT_EQ(agent.spool->acknowledged(), 0U);
  EXPECT_GT(agent.sendable().begin()->first, 1U);
}

TEST_F(SpoolTest, reads_from_anywhere_forwards_and_backwards) {
  make(30);
  for (std::uint64_t from : {30U, 1U, 15U, 14U, 16U, 2U, 29U, 29U, 31U, 1U}) {
    const QueuedBatch* batch = agent.spool->from(from);
    if (from > 30) {
      EXPECT_EQ(batch, nullptr);
      continue;
    }
    ASSERT_NE(batch, nullptr) << from;
    EXPECT_EQ(batch->seq, from);
    EXPECT_EQ(batch->frame, agent.made[from]);
    EXPECT_EQ(batch->inventory->hash, test::spooled_inventory()->hash);
  }
}

TEST_F(SpoolTest, a_full_spool_drops_its_oldest_segments_and_counts_their_samples) {
  agent.limits.disk.bytes = 8 * 1024;
  restart();
  make(100);
  const Batches found = agent.sendable();
  EXPECT_LE(files(".seg"), 8U);
  ASSERT_FALSE(found.empty());
  EXPECT_GT(found.begin()->first, 1U);
  EXPECT_EQ(found.rbegin()->first, 100U);
  EXPECT_EQ(found.size(), 101 - found.begin()->first);  // no holes
  EXPECT_EQ(agent.spool->dropped_samples(), 3 * (found.begin()->first - 1));
  EXPECT_EQ(agent.spool->waiting().batches, found.size());
  restart();
  EXPECT_EQ(agent.sendable(), found);
}

TEST_F(SpoolTest, what_is_too_old_is_dropped_though_there_is_room) {
  make(10);
  agent.later = 31 * 24h;
  make(10);  // age is looked at when a segment is begun
  EXPECT_GT(agent.spool->dropped_samples(), 0U);
  EXPECT_GT(agent.sendable().begin()->first, 1U);
  EXPECT_EQ(agent.sendable().rbegin()->first, 20U);
}

TEST_F(SpoolTest, a_segment_that_cannot_be_used_is_set_aside_and_the_others_go_on) {
  make(30);
  const auto files_before = disk->files();
  struct Case {
    const char* name;
    void (*spoil)(std::string&);
  };
  const Case table[] = {
      {"an unknown version", [](std::string& content) { content[8] = 2; }},
      {"a damaged header", [](std::string& content) { content[20] ^= 1; }},
      {"another file altogether", [](std::string& content) { content = "nonsense"; }},
      {"no valid record", [](std::string& content) { content[70] ^= 1; }},
  };
  for (const Case& row : table) {
    disk = agent.disk = std::make_shared<FakeDisk>();
    for (const auto& [name, content] : files_before) disk->put(name, content);
    auto second = std::next(files_before.begin());
    std::string content = second->second;
    row.spoil(content);
    disk->put(second->first, content);
    restart();
    EXPECT_EQ(files(".bad"), 1U) << row.name;
    EXPECT_GT(agent.spool->failures(), 0U) << row.name;
    EXPECT_EQ(agent.spool->next_seq(), 31U) << row.name;
    const Batches found = agent.sendable();
    const std::uint64_t lost = 30 - found.size();
    EXPECT_GT(lost, 0U) << row.name;
    for (const auto& [seq, frame] : found) EXPECT_EQ(frame, agent.made[seq]) << row.name;
    agent.spool->acknowledge(30);
    EXPECT_EQ(agent.spool->dropped_samples(), 3 * lost) << row.name;
  }
}

TEST_F(SpoolTest, damage_in_the_middle_of_a_segment_costs_what_is_behind_it_there) {
  make(30);
  const auto files_before = disk->files();
  const auto second = std::next(files_before.begin());
  std::string content = second->second;
  content[content.find_last_not_of('\0') - 5] ^= 4;  // in its last record
  disk->put(second->first, content);
  restart();
  EXPECT_EQ(files(".bad"), 0U);
  const Batches found = agent.sendable();
  EXPECT_THAT(found, SizeIs(29));
  agent.spool->acknowledge(30);
  EXPECT_EQ(agent.spool->dropped_samples(), 3U);
  EXPECT_EQ(files(".bad"), 1U);  // for somebody to look at
}

TEST_F(SpoolTest, damage_that_comes_while_it_is_open_is_skipped_and_counted) {
  make(30);
  auto files_before = disk->files();
  std::string& content = std::next(files_before.begin())->second;
  content[300] ^= 1;
  disk->put(std::next(files_before.begin())->first, content);
  const Batches found = agent.sendable();
  EXPECT_LT(found.size(), 30U);
  EXPECT_GT(agent.spool->failures(), 0U);
  agent.spool->acknowledge(30);
  EXPECT_EQ(agent.spool->dropped_samples(), 3 * (30 - found.size()));
  make(1);
  EXPECT_EQ(agent.sendable().rbegin()->first, 31U);
}

TEST_F(SpoolTest, at_most_two_segments_are_kept_aside) {
  for (int i = 0; i < 5; ++i) {
    make(10);
    for (const auto& [name, content] : disk->files())
      if (name.ends_with(".seg")) disk->put(name, "nonsense");
    restart();
    EXPECT_LE(files(".bad"), 2U);
  }
  EXPECT_EQ(files(".bad"), 2U);
}

TEST_F(SpoolTest, without_a_usable_segment_a_new_stream_begins) {
  make(3);
  const StreamId before = agent.spool->stream();
  for (const auto& [name, content] : disk->files()) disk->put(name, "nonsense");
  restart();
  EXPECT_NE(agent.spool->stream(), before);
  EXPECT_EQ(agent.spool->next_seq(), 1U);
  EXPECT_EQ(agent.counter, 0);
}

TEST_F(SpoolTest, a_missing_segment_is_legal) {
  make(30);
  disk->remove(std::next(disk->files().begin())->first);
  restart();
  EXPECT_EQ(agent.spool->next_seq(), 31U);
  for (const auto& [seq, frame] : agent.sendable()) EXPECT_EQ(frame, agent.made[seq]);
}

TEST_F(SpoolTest, numbers_go_on_behind_samples_that_make_no_sense) {
  std::string content;
  spool::append(content, spool::SegmentHeader{test::id<StreamId>(7), 1, 0, test::boot_wall});
  const std::string& inventory = test::spooled_inventory()->frame;
  spool::append(content, spool::Record{spool::RecordType::inventory, 0, 1, 0, inventory});
  spool::append(content, spool::Record{spool::RecordType::sample, 1, 9, 0, "nonsense"});
  disk->put(spool::segment_name(1), content);
  restart();
  EXPECT_EQ(agent.spool->next_seq(), 9U);
  make(2);
  restart();
  EXPECT_EQ(agent.spool->next_seq(), 11U);
  EXPECT_EQ(agent.sendable(), agent.made);
}

TEST_F(SpoolTest, a_batch_stays_with_its_samples_though_they_fill_the_segment) {
  make(2);
  for (int i = 0; i < 40; ++i) agent.sample(100);
  agent.spool->sync_now();
  restart();
  EXPECT_EQ(agent.spool->next_seq(), 4U);
  agent.spool->sync_now();
  EXPECT_THAT(counters_of(agent.sendable().at(3)), SizeIs(40));
  make(2);
  const Batches found = agent.sendable();
  EXPECT_THAT(found, SizeIs(5));
  restart();
  EXPECT_EQ(agent.sendable(), found);
  EXPECT_EQ(files(".bad"), 0U);
}

TEST_F(SpoolTest, damage_of_a_segment_s_first_sample_while_it_is_open_makes_room_for_a_new_one) {
  make(1);
  agent.spool->acknowledge(1);
  while (files(".seg") < 2) make(1);  // its first batch is not read yet
  auto content = disk->files().rbegin()->second;
  content[300] ^= 1;
  disk->put(disk->files().rbegin()->first, content);
  static_cast<void>(agent.sendable());
  make(3);
  Batches found = agent.sendable();
  for (const auto& [seq, frame] : found) EXPECT_EQ(frame, agent.made[seq]);
  EXPECT_EQ(found.rbegin()->first, agent.spool->next_seq() - 1);
  restart();
  EXPECT_EQ(agent.sendable(), found);
}

TEST_F(SpoolTest, a_collector_that_has_more_than_was_here_makes_a_new_stream) {
  make(5);
  const auto backup = disk->files();
  make(5);
  for (const auto& [name, content] : disk->files()) disk->remove(name);
  for (const auto& [name, content] : backup) disk->put(name, content);
  restart();
  make(7);  // before the collector could be asked: 6 to 12 are not what it knows by these numbers
  const StreamId before = agent.spool->stream();
  EXPECT_TRUE(agent.spool->foreign(10));
  agent.spool->begin_anew();
  EXPECT_NE(agent.spool->stream(), before);
  EXPECT_EQ(agent.spool->next_seq(), 1U);
  EXPECT_EQ(agent.spool->dropped_samples(), 36U);
  EXPECT_TRUE(agent.spool->empty());
  EXPECT_LE(files(".bad"), 2U);
  EXPECT_EQ(files(".seg"), 0U);
  EXPECT_FALSE(agent.spool->foreign(0));
  agent.made.clear();
  make(3);
  EXPECT_EQ(agent.sendable(), agent.made);
  restart();
  EXPECT_EQ(agent.sendable(), agent.made);
}

TEST_F(SpoolTest, a_collector_that_knows_what_was_here_is_no_reason_to_begin_anew) {
  make(5);
  EXPECT_FALSE(agent.spool->foreign(0));
  EXPECT_FALSE(agent.spool->foreign(5));
  EXPECT_TRUE(agent.spool->foreign(6));
  restart();
  make(2);
  EXPECT_FALSE(agent.spool->foreign(5));
  EXPECT_FALSE(agent.spool->foreign(7));  // it has taken them meanwhile
}

TEST(SpoolOfVersion1, is_read_by_every_later_program) {
  std::ifstream file{std::filesystem::path{SOBRIETY_FIXTURES} / "spool/v1.seg", std::ios::binary};
  const std::string content{std::istreambuf_iterator<char>{file}, {}};
  ASSERT_EQ(content.size(), 1433U);
  const auto disk = std::make_shared<FakeDisk>();
  disk->put("0000000000000001.seg", content);
  Spooler agent{disk};
  ASSERT_TRUE(agent.start());
  EXPECT_THAT(agent.spool->carried(),
              ElementsAre(std::pair{"package-0", 55'000}, std::pair{"psys", 7}));
  EXPECT_EQ(agent.spool->acknowledged(), 1U);
  agent.spool->sync_now();
  const Batches found = agent.sendable();
  ASSERT_THAT(found, SizeIs(4));
  EXPECT_THAT(counters_of(found.at(2)), ElementsAre(45'000, 46'000, 47'000));
  EXPECT_THAT(counters_of(found.at(4)), ElementsAre(51'000, 52'000, 53'000));
  EXPECT_THAT(counters_of(found.at(5)), ElementsAre(54'000, 55'000));  // was never completed
  EXPECT_EQ(agent.spool->failures(), 0U);
}

TEST(SpoolInMemory, is_a_queue_that_can_be_sent_at_once) {
  Spool spool{Bytes{100}};
  const auto inventory = test::spooled_inventory();
  spool.add_sample("x", inventory);
  spool.push(std::string(60, 'a'), 6, inventory);
  EXPECT_FALSE(spool.unsynced_since());
  EXPECT_FALSE(spool.on_disk());
  ASSERT_NE(spool.from(1), nullptr);
  EXPECT_EQ(spool.bytes(), 60U);
  spool.push(std::string(60, 'b'), 3, inventory);
  EXPECT_EQ(spool.from(1)->seq, 2U);
  EXPECT_EQ(spool.dropped_samples(), 6U);
  spool.acknowledge(2);
  EXPECT_TRUE(spool.empty());
  EXPECT_EQ(spool.next_seq(), 3U);
}

}  // namespace
}  // namespace sobriety::agent
