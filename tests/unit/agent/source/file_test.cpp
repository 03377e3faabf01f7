#include "agent/source/file.hpp"

#include "tests/support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using test::TempTree;

TEST(KeptFile, reads_the_content_of_now_from_the_start_each_time) {
  TempTree tree;
  tree.file("counter", "1\n");
  auto file = KeptFile::open(tree.root() / "counter");
  ASSERT_TRUE(file);
  EXPECT_EQ(file.value().read().value(), "1\n");
  tree.file("counter", "22\n");
  EXPECT_EQ(file.value().read().value(), "22\n");
}

TEST(KeptFile, cuts_a_file_that_is_longer_than_its_capacity) {
  TempTree tree;
  tree.file("stat", "cpu 1 2 3 4\ncpu0 and a long tail");
  auto file = KeptFile::open(tree.root() / "stat", 5);
  EXPECT_EQ(file.value().read().value(), "cpu 1");
}

TEST(KeptFile, says_which_file_is_absent) {
  TempTree tree;
  const auto file = KeptFile::open(tree.root() / "gone");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Errc::absent);
  EXPECT_THAT(file.error().message, testing::HasSubstr("/gone: No such file"));
}

TEST(KeptFile, a_read_that_fails_is_broken_and_says_which_file) {
  TempTree tree;
  tree.unreadable("eio").directory("folder");
  auto file = KeptFile::open(tree.root() / "eio");
  ASSERT_TRUE(file);
  const auto text = file.value().read();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::broken);
  EXPECT_THAT(text.error().message, testing::HasSubstr("/eio: Input/output error"));
  auto folder = KeptFile::open(tree.root() / "folder");
  ASSERT_TRUE(folder);
  EXPECT_EQ(folder.value().read().error().code, Errc::broken);
}

TEST(KeptFile, moves_without_closing_or_closing_twice) {
  TempTree tree;
  tree.file("a", "a").file("b", "b");
  KeptFile a = KeptFile::open(tree.root() / "a").value();
  KeptFile b = KeptFile::open(tree.root() / "b").value();
  a = std::move(b);
  EXPECT_EQ(a.read().value(), "b");
  const KeptFile moved{std::move(a)};
  EXPECT_EQ(moved.path().filename(), "b");
}

TEST(read_once, trims_and_cuts) {
  TempTree tree;
  tree.file("name", "  package-0 \n").file("long", std::string(100, 'x')).file("empty", "");
  EXPECT_EQ(read_once(tree.root() / "name").value(), "package-0");
  EXPECT_EQ(read_once(tree.root() / "long", 10).value(), "xxxxxxxxxx");
  EXPECT_EQ(read_once(tree.root() / "empty").value(), "");
}

TEST(read_once, reads_what_is_long_up_to_its_limit_and_keeps_no_room_for_the_rest) {
  std::string text;
  while (text.size() < 20'000) text += std::to_string(text.size());
  TempTree tree;
  tree.file("long", text);
  for (const std::size_t limit : {4095U, 4096U, 4097U, 8192U, 19'999U})
    EXPECT_EQ(read_once(tree.root() / "long", limit).value(), text.substr(0, limit)) << limit;
  const std::string whole = read_once(tree.root() / "long", 1 << 20).value();
  EXPECT_EQ(whole, text);
  EXPECT_LT(whole.capacity(), 3 * text.size());
}

TEST(read_once, tells_a_directory_and_a_missing_file_apart) {
  TempTree tree;
  tree.directory("folder");
  EXPECT_EQ(read_once(tree.root() / "folder").error().code, Errc::broken);
  EXPECT_EQ(read_once(tree.root() / "gone").error().code, Errc::absent);
}

TEST(names_in, are_sorted_bounded_and_empty_where_nothing_can_be_listed) {
  TempTree tree;
  tree.file("d/b", "").file("d/a", "").file("d/c", "");
  EXPECT_THAT(names_in(tree.root() / "d"), testing::ElementsAre("a", "b", "c"));
  EXPECT_EQ(names_in(tree.root() / "d", 2).size(), 2U);
  EXPECT_THAT(names_in(tree.root() / "gone"), testing::IsEmpty());
}

}  // namespace
}  // namespace sobriety::agent
