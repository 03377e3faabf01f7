#include "agent/spool/format.hpp"

#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sobriety::agent::spool {
namespace {

const SegmentHeader some_header{test::id<StreamId>(7), 5, 1234, test::boot_wall};

struct Kept {
  RecordType type;
  std::uint64_t seq;
  std::string payload;
  bool operator==(const Kept&) const = default;
};

// An inventory, totals, and batches 5 and 6 with a sample each.
std::string some_records() {
  std::string bytes;
  append(bytes, Record{RecordType::inventory, 0, 5, 0, "what it is about"});
  append(bytes, Record{RecordType::totals, 0, 5, 0, "where counters stand"});
  append(bytes, Record{RecordType::sample, 1, 5, 0, "a row"});
  append(bytes, Record{RecordType::batch, 2, 5, 0, "a row and another"});
  append(bytes, Record{RecordType::sample, 1, 6, 5, "a third"});
  append(bytes, Record{RecordType::batch, 2, 6, 5, std::string("zeros\0\0\0\0inside", 15)});
  return bytes;
}

std::vector<Kept> records_of(std::string_view bytes) {
  std::vector<Kept> records;
  RecordOrder order{some_header.first_seq};
  while (true) {
    const Step step = next_record(bytes);
    if (step.kind != Step::Kind::record || !order.take(step.record)) return records;
    records.push_back({step.record.type, step.record.seq, std::string{step.record.payload}});
    bytes.remove_prefix(step.record.size());
  }
}

bool begins_with(const std::vector<Kept>& whole, const std::vector<Kept>& part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

TEST(SpoolFormat, a_header_is_read_as_it_was_written) {
  std::string bytes;
  append(bytes, some_header);
  ASSERT_EQ(bytes.size(), segment_header_size);
  const auto read = decode_header(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value(), some_header);
}

TEST(SpoolFormat, a_header_with_any_bit_flipped_or_byte_missing_is_refused) {
  std::string bytes;
  append(bytes, some_header);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(decode_header(flipped)) << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_header(bytes.substr(0, size))) << size;
}

TEST(SpoolFormat, another_version_is_named_as_such) {
  std::string bytes;
  append(bytes, some_header);
  bytes[8] = 2;
  const auto read = decode_header(bytes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::unsupported);
  EXPECT_EQ(read.error().message, "a spool of format 2; this program reads format 1");
}

TEST(SpoolFormat, the_checksum_is_crc_32c) {
  // As a program of another language sums it, which says 0xE3069283 of "123456789" alone.
  std::string bytes;
  append(bytes, Record{RecordType::sample, 1, 1, 0, "123456789"});
  EXPECT_EQ(bytes.substr(0, 4), "\xa7\xdf\xe3\x12");
}

TEST(SpoolFormat, records_cut_at_any_byte_are_those_before_the_cut) {
  const std::string bytes = some_records();
  const std::vector<Kept> whole = records_of(bytes);
  ASSERT_EQ(whole.size(), 6U);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    EXPECT_TRUE(begins_with(whole, records_of(cut))) << size;
    EXPECT_LT(records_of(cut).size(), whole.size()) << size;
    EXPECT_TRUE(begins_with(whole, records_of(cut + std::string(4096, '\0')))) << size;
  }
}

TEST(SpoolFormat, records_with_any_bit_flipped_are_those_before_the_damage) {
  const std::string bytes = some_records();
  const std::vector<Kept> whole = records_of(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_TRUE(begins_with(whole, records_of(flipped))) << bit;
    EXPECT_LT(records_of(flipped).size(), whole.size()) << bit;
  }
}

TEST(SpoolFormat, says_how_many_bytes_would_tell) {
  const std::string bytes = some_records();
  EXPECT_EQ(next_record(bytes.substr(0, 5)).kind, Step::Kind::more);
  EXPECT_EQ(next_record(bytes.substr(0, 5)).needed, record_head_size);
  EXPECT_EQ(next_record(bytes.substr(0, 40)).needed, record_head_size + 16);
  EXPECT_EQ(next_record(std::string(100, '\0')).kind, Step::Kind::zeros);
}

TEST(SpoolFormat, a_length_beyond_the_limit_is_damage_and_not_a_wish) {
  std::string bytes = some_records();
  bytes[6] = '\x7f';
  EXPECT_EQ(next_record(bytes).kind, Step::Kind::damaged);
}

TEST(SpoolFormat, only_records_that_fit_one_another_are_taken) {
  const Record inventory{RecordType::inventory, 0, 5, 0, ""};
  const auto sample = [](std::uint64_t seq) { return Record{RecordType::sample, 1, seq, 0, ""}; };
  const auto batch = [](std::uint64_t seq) { return Record{RecordType::batch, 2, seq, 0, ""}; };
  struct Case {
    const char* name;
    std::vector<Record> records;
    bool last_fits;
  };
  const Case table[] = {
      {"an inventory first", {inventory}, true},
      {"a batch without inventory", {batch(5)}, false},
      {"a sample without inventory", {sample(5)}, false},
      {"totals without inventory", {{RecordType::totals, 0, 5, 0, ""}}, false},
      {"batches in order", {inventory, batch(5), batch(6)}, true},
      {"batches with a hole", {inventory, batch(5), batch(9)}, true},
      {"a batch twice", {inventory, batch(5), batch(5)}, false},
      {"a batch that goes back", {inventory, batch(6), batch(5)}, false},
      {"a batch before the segment's first", {inventory, batch(4)}, false},
      {"a sample before the segment's first", {inventory, sample(4)}, false},
      {"a batch in the place of its samples", {inventory, sample(5), sample(5), batch(5)}, true},
      {"a sample of a batch that is complete", {inventory, batch(5), sample(5)}, false},
      {"a batch behind one that was given up", {inventory, sample(5), batch(6)}, true},
      {"a batch before the samples' one", {inventory, sample(6), batch(5)}, false},
      {"samples that go back", {inventory, sample(6), sample(5)}, false},
      {"a record that knows of its own acknowledgement",
       {inventory, {RecordType::batch, 2, 5, 5, ""}},
       false},
      {"a number without a next one", {inventory, batch(seq_limit)}, false},
      {"a batch of no samples", {inventory, {RecordType::batch, 0, 5, 0, ""}}, false},
  };
  for (const Case& row : table) {
    RecordOrder order{5};
    for (std::size_t i = 0; i + 1 < row.records.size(); ++i)
      EXPECT_TRUE(order.take(row.records[i])) << row.name;
    EXPECT_EQ(order.take(row.records.back()), row.last_fits) << row.name;
  }
}

TEST(SpoolFormat, a_segment_is_named_by_its_first_batch) {
  EXPECT_EQ(segment_name(1), "0000000000000001.seg");
  EXPECT_EQ(segment_name(~std::uint64_t{0}), "ffffffffffffffff.seg");
  for (const std::uint64_t seq : {std::uint64_t{1}, std::uint64_t{0xabcdef}, ~std::uint64_t{0}})
    EXPECT_EQ(parse_segment_name(segment_name(seq)), seq);
  for (const char* other : {"", ".seg", "1.seg", "0000000000000001.seg.bad", "000000000000000A.seg",
                            "-000000000000001.seg", "0000000000000001.sew"})
    EXPECT_FALSE(parse_segment_name(other)) << other;
}

}  // namespace
}  // namespace sobriety::agent::spool
