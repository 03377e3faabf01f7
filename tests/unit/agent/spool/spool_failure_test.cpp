// What is left of a spool when the power goes, the disk fills up or bytes are damaged: wherever
// that happens.
#include "tests/support/spooled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace sobriety::agent {
namespace {

using test::Batches;
using test::counters_of;
using test::FakeDisk;
using test::PowerCut;
using test::Spooler;

// Each of these tests opens thousands of spools that have something to complain of.
const bool quiet = [] {
  spdlog::set_level(spdlog::level::off);
  return true;
}();

// Whatever was found is what was made, byte for byte; the last one may be samples of an unfinished
// batch.
void expect_nothing_invented(const Batches& found, const Batches& made, const std::string& where) {
  for (const auto& [seq, frame] : found) {
    const auto known = made.find(seq);
    if (known != made.end() && known->second == frame) continue;
    const auto counters = counters_of(frame);
    ASSERT_FALSE(counters.empty()) << where << ": batch " << seq << " is not a batch";
    ASSERT_TRUE(std::is_sorted(counters.begin(), counters.end())) << where;
    ASSERT_EQ(seq, found.rbegin()->first) << where;
  }
}

// Batches, samples and acknowledgements; what it synced and acknowledged is known at each moment.
struct Life {
  explicit Life(std::shared_ptr<FakeDisk> disk) : agent(std::move(disk)) {}

  void run(int steps) {
    ASSERT_TRUE(agent.start());
    for (int step = 1; step <= steps; ++step) {
      agent.sample();
      if (step % 2 == 0) sync();
      if (step % 7 == 0 && synced > 2) {
        // A collector acknowledges only what it was sent, which is what is synced.
        acknowledged = synced - 2;
        agent.spool->acknowledge(acknowledged);
      }
    }
  }
  void sync() {
    const Cell counter = agent.counter;
    const std::uint64_t last = agent.spool->next_seq() - 1;
    agent.spool->sync_now();
    if (!agent.spool->on_disk()) return;
    synced = last;
    synced_counter = counter;
  }

  Spooler agent;
  std::uint64_t synced = 0;
  std::uint64_t acknowledged = 0;
  Cell synced_counter = 0;
};

const std::vector<std::pair<const char*, std::function<std::function<bool()>()>>>& fates() {
  using Kept = std::function<bool()>;
  static const std::vector<std::pair<const char*, std::function<Kept()>>> table{
      {"nothing unsynced is kept", [] { return Kept{[] { return false; }}; }},
      {"everything is kept", [] { return Kept{[] { return true; }}; }},
      {"every other change is kept",
       [] { return Kept{[kept = false]() mutable { return kept = !kept; }}; }},
      {"all but the first change is kept",
       [] { return Kept{[first = true]() mutable { return !std::exchange(first, false); }}; }},
      {"chance keeps some", [] {
         return Kept{[random = std::minstd_rand{7}]() mutable { return random() % 3 != 0; }};
       }}};
  return table;
}

TEST(SpoolPowerCut, costs_nothing_that_was_synced_whenever_it_happens) {
  for (const auto& [fate, kept] : fates()) {
    std::uint64_t calls = 1;
    for (std::uint64_t cut_at = 1; cut_at <= calls; ++cut_at) {
      const std::string where = std::string{fate} + ", cut at call " + std::to_string(cut_at);
      const auto disk = std::make_shared<FakeDisk>();
      Life life{disk};
      disk->cut_at = cut_at;
      bool cut = false;
      try {
        life.run(45);
      } catch (const PowerCut&) {
        cut = true;
      }
      if (!cut) break;
      calls = cut_at + 1;
      Spooler& agent = life.agent;
      agent.spool.reset();
      disk->restart(kept());
      ASSERT_TRUE(agent.start()) << where;
      ASSERT_GE(agent.counter, life.synced_counter) << where;
      ASSERT_GT(agent.spool->next_seq(), life.synced) << where;
      agent.spool->sync_now();
      const Batches found = agent.sendable();
      expect_nothing_invented(found, agent.made, where);
      for (std::uint64_t seq = life.acknowledged + 1; seq <= life.synced; ++seq)
        ASSERT_TRUE(found.contains(seq) && found.at(seq) == agent.made.at(seq))
            << where << ": batch " << seq << " was synced and is lost";
      ASSERT_EQ(agent.spool->dropped_samples(), 0U) << where;

      // And it goes on: what is made now is what the run after this one finds.
      const std::uint64_t first = agent.spool->next_seq();
      for (int i = 0; i < 3; ++i) agent.batch();
      agent.spool->sync_now();
      ASSERT_TRUE(agent.start()) << where;
      const Batches again = agent.sendable();
      for (std::uint64_t seq = first; seq < first + 3; ++seq)
        ASSERT_TRUE(again.contains(seq) && again.at(seq) == agent.made.at(seq)) << where;
      ASSERT_EQ(agent.spool->next_seq(), first + 3) << where;
    }
    EXPECT_GT(calls, 60U);
  }
}

TEST(SpoolProcessDeath, costs_nothing_at_all_whenever_it_happens) {
  std::uint64_t calls = 1;
  for (std::uint64_t cut_at = 1; cut_at <= calls; ++cut_at) {
    const auto disk = std::make_shared<FakeDisk>();
    Life life{disk};
    disk->cut_at = cut_at;
    try {
      life.run(45);
      break;
    } catch (const PowerCut&) {
      calls = cut_at + 1;
    }
    disk->cut_at = 0;
    Spooler& agent = life.agent;
    // The row of the call that was cut short may be lost: its write did not return.
    const Cell returned = agent.counter - 1000;
    ASSERT_TRUE(agent.start()) << cut_at;
    ASSERT_GE(agent.counter, returned) << cut_at;
    agent.spool->sync_now();
    Cell expected = 0;
    for (const auto& [seq, frame] : agent.sendable()) {
      for (const Cell counter : counters_of(frame)) {
        ASSERT_TRUE(expected == 0 || counter == expected) << cut_at << ": a row is missing";
        expected = counter + 1000;
      }
    }
    ASSERT_TRUE(expected == 0 || expected > returned) << cut_at;
  }
  EXPECT_GT(calls, 60U);
}

TEST(SpoolOnADiskThatRefuses, goes_on_in_memory_and_writes_it_when_it_can_again) {
  for (const Errc refusal : {Errc::exhausted, Errc::broken}) {
    for (std::uint64_t first = 1;; ++first) {
      const auto disk = std::make_shared<FakeDisk>();
      Life life{disk};
      Spooler& agent = life.agent;
      ASSERT_TRUE(agent.start());
      disk->refusal = refusal;
      disk->refuse_from = first;
      disk->refuse_to = first + 1;
      for (int i = 0; i < 15; ++i) {
        agent.batch();
        agent.spool->sync_now();
        if (agent.spool->on_disk()) continue;
        // All of it can be sent, in order, although it is in memory.
        ASSERT_EQ(agent.sendable(), agent.made) << first;
        agent.spool->retry_disk();
      }
      if (disk->calls < first) break;
      agent.spool->sync_now();
      ASSERT_TRUE(agent.spool->on_disk()) << first;
      ASSERT_GT(agent.spool->failures(), 0U) << first;
      ASSERT_EQ(agent.sendable(), agent.made) << first;
      ASSERT_EQ(agent.spool->dropped_samples(), 0U) << first;
      ASSERT_TRUE(agent.start()) << first;
      ASSERT_EQ(agent.sendable(), agent.made) << first;
    }
  }
}

TEST(SpoolOnADiskThatRefuses, drops_the_oldest_of_memory_when_that_is_full_too) {
  const auto disk = std::make_shared<FakeDisk>();
  Spooler agent{disk};
  agent.limits.memory = Bytes{1000};
  ASSERT_TRUE(agent.start());
  for (int i = 0; i < 5; ++i) agent.batch();
  agent.spool->sync_now();
  disk->refuse_from = disk->calls + 1;
  disk->refuse_to = ~std::uint64_t{0};
  for (int i = 0; i < 100; ++i) agent.batch();
  const std::uint64_t dropped = agent.spool->dropped_samples();
  EXPECT_GT(dropped, 0U);
  const Batches found = agent.sendable();
  EXPECT_EQ(found.size(), 105 - dropped / 3);
  EXPECT_TRUE(found.contains(5));  // is on disk
  EXPECT_TRUE(found.contains(105));
  // The disk is there again: the hole stays one.
  disk->refuse_to = 0;
  agent.spool->retry_disk();
  agent.spool->sync_now();
  EXPECT_TRUE(agent.spool->on_disk());
  EXPECT_EQ(agent.sendable(), found);
  ASSERT_TRUE(agent.start());
  EXPECT_EQ(agent.sendable(), found);
  EXPECT_EQ(agent.spool->next_seq(), 106U);
}

TEST(SpoolOnADiskThatRefuses, forgets_what_is_acknowledged_from_memory) {
  const auto disk = std::make_shared<FakeDisk>();
  Spooler agent{disk};
  ASSERT_TRUE(agent.start());
  agent.batch();
  agent.spool->sync_now();
  disk->refuse_from = disk->calls + 1;
  disk->refuse_to = ~std::uint64_t{0};
  for (int i = 0; i < 5; ++i) agent.batch();
  agent.spool->acknowledge(4);
  EXPECT_EQ(agent.sendable().begin()->first, 5U);
  disk->refuse_to = 0;
  agent.spool->retry_disk();
  agent.batch();
  agent.spool->sync_now();
  ASSERT_TRUE(agent.start());
  EXPECT_EQ(agent.spool->acknowledged(), 4U);
  EXPECT_EQ(agent.sendable().begin()->first, 5U);
  EXPECT_EQ(agent.spool->next_seq(), 8U);
}

// The files of a spool of a few batches in several segments, and an unfinished one.
struct Small {
  Small() : disk(std::make_shared<FakeDisk>()), agent(disk, limits()) {
    EXPECT_TRUE(agent.start());
    for (int i = 0; i < 4; ++i) agent.batch();
    agent.sample();
    agent.spool->sync_now();
    made = agent.made;
    // With as many zeros behind as make a record's head: more of them are no other case.
    for (auto [name, content] : disk->files()) {
      content.resize(content.find_last_not_of('\0') + 1 + spool::record_head_size);
      files[name] = content;
    }
  }
  static SpoolLimits limits() {
    SpoolLimits limits = Spooler::small();
    limits.disk.segment_bytes = 800;
    return limits;
  }

  std::shared_ptr<FakeDisk> disk;
  Spooler agent;
  Batches made;
  std::map<std::string, std::string> files;
};

// Opens a spool of these files, reads it, goes on and opens it again.
void expect_it_goes_on(const Small& small, const std::string& name, const std::string& content,
                       const std::string& where) {
  const auto disk = std::make_shared<FakeDisk>();
  for (const auto& [other, bytes] : small.files) disk->put(other, bytes);
  disk->put(name, content);
  Spooler agent{disk, Small::limits()};
  ASSERT_TRUE(agent.start()) << where;
  agent.spool->sync_now();
  Batches found = agent.sendable();
  expect_nothing_invented(found, small.made, where);
  const std::uint64_t first = agent.spool->next_seq();
  agent.batch();
  agent.batch();
  agent.spool->sync_now();
  for (const auto& [seq, frame] : agent.made) found[seq] = frame;
  ASSERT_EQ(agent.sendable(), found) << where;
  ASSERT_TRUE(agent.start()) << where;
  ASSERT_EQ(agent.sendable(), found) << where;
  ASSERT_EQ(agent.spool->next_seq(), first + 2) << where;
}

TEST(SpoolDamage, cut_at_any_byte_a_segment_gives_what_was_before) {
  const Small small;
  ASSERT_GE(small.files.size(), 2U);
  for (const auto& [name, content] : small.files)
    for (std::size_t size = 0; size < content.size(); ++size)
      expect_it_goes_on(small, name, content.substr(0, size),
                        name + " cut at " + std::to_string(size));
}

TEST(SpoolDamage, any_bit_that_flips_invents_nothing_and_stops_nothing) {
  const Small small;
  for (const auto& [name, content] : small.files) {
    for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
      std::string flipped = content;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      expect_it_goes_on(small, name, flipped, name + " with bit " + std::to_string(bit));
    }
  }
}

}  // namespace
}  // namespace sobriety::agent
