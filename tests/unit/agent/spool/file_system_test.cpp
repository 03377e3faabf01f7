#include "agent/spool/file_system.hpp"

#include "agent/spool/spool.hpp"
#include "tests/support/machine.hpp"
#include "tests/support/spooled.hpp"
#include "tests/support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DirectoryTest : public testing::Test {
 protected:
  std::unique_ptr<Directory> open() {
    auto opened = open_directory(path);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(opened).value();
  }
  test::TempTree tree;
  std::filesystem::path path = tree.root() / "state/spool";
};

TEST_F(DirectoryTest, is_made_for_its_owner_alone) {
  const auto directory = open();
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0700});
  EXPECT_THAT(directory->names().value(), IsEmpty());
}

TEST_F(DirectoryTest, is_of_one_process_at_a_time) {
  auto first = open();
  const auto second = open_directory(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_THAT(second.error().message, HasSubstr(path.string() + " is in use by another agent"));
  first.reset();
  EXPECT_TRUE(open_directory(path));
}

TEST_F(DirectoryTest, says_what_is_in_its_way) {
  tree.file("state", "a file");
  const auto opened = open_directory(path);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr(path.string()));
}

TEST_F(DirectoryTest, files_are_written_cut_and_grown_by_zeros) {
  const auto directory = open();
  const auto file = directory->create("a").value();
  ASSERT_TRUE(file->reserve(10));
  ASSERT_TRUE(file->write(2, "hello"));
  EXPECT_EQ(file->read(0, 100).value(), std::string("\0\0hello\0\0\0", 10));
  EXPECT_EQ(file->read(2, 5).value(), "hello");
  EXPECT_EQ(file->read(10, 5).value(), "");
  ASSERT_TRUE(file->cut(4));
  ASSERT_TRUE(file->reserve(8));
  EXPECT_EQ(file->read(0, 100).value(), std::string("\0\0he\0\0\0\0", 8));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(directory->open("a").value()->read(2, 2).value(), "he");
  EXPECT_EQ(directory->create("a").value()->read(0, 100).value(), "");
}

TEST_F(DirectoryTest, files_are_renamed_and_removed) {
  const auto directory = open();
  ASSERT_TRUE(directory->create("b"));
  ASSERT_TRUE(directory->create("a"));
  ASSERT_TRUE(directory->rename("b", "c"));
  EXPECT_THAT(directory->names().value(), ElementsAre("a", "c"));
  ASSERT_TRUE(directory->remove("a"));
  ASSERT_TRUE(directory->sync());
  EXPECT_THAT(directory->names().value(), ElementsAre("c"));
  EXPECT_EQ(directory->remove("a").error().code, Errc::absent);
  EXPECT_EQ(directory->open("a").error().code, Errc::absent);
  EXPECT_THAT(directory->rename("a", "b").error().message, HasSubstr(path.string() + "/a"));
}

TEST_F(DirectoryTest, holds_a_spool_from_one_run_to_the_next) {
  const test::ManualClock clock;
  const auto make = [&](Spool& spool) {
    const std::string frame =
        test::frame_of(test::batch_of(spool.next_seq(), {{std::chrono::seconds{7}, {1, 2}}},
                                      test::spooled_inventory()->hash),
                       test::spooled_plan);
    spool.push(frame, 1, test::spooled_inventory());
  };
  StreamId stream;
  for (std::uint64_t run = 0; run < 3; ++run) {
    const auto spool = Spool::open(open(), {}, clock).value();
    EXPECT_TRUE(run == 0 || spool->stream() == stream);
    stream = spool->stream();
    EXPECT_EQ(spool->waiting().batches, 2 * run);
    make(*spool);
    make(*spool);
    spool->sync_now();
    EXPECT_EQ(spool->from(2 * run + 1)->seq, 2 * run + 1);
    EXPECT_EQ(spool->failures(), 0U);
  }
}

}  // namespace
}  // namespace sobriety::agent::spool
