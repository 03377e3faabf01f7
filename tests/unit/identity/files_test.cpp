#include "proto/identity/files.hpp"

#include "tests/support/temp_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <fstream>

namespace sobriety::identity {
namespace {

namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions());
}

TEST(Files, are_private_and_whole) {
  const test::TempDirectory directory;
  const auto file = directory.path() / "key.pem";
  ASSERT_TRUE(write_whole(file, "one"));
  ASSERT_TRUE(write_whole(file, "another"));
  EXPECT_EQ(read_whole(file).value(), "another");
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_FALSE(fs::exists(file.string() + ".new"));
}

TEST(Files, do_not_take_over_the_mode_of_what_was_left_or_there) {
  const test::TempDirectory directory;
  const auto file = directory.path() / "key.pem";
  for (const auto& path : {file, fs::path{file.string() + ".new"}}) {
    std::ofstream{path} << "open to all";
    fs::permissions(path, fs::perms::all);
  }
  ASSERT_TRUE(write_whole(file, "a key"));
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(read_whole(file).value(), "a key");
}

TEST(Files, do_not_follow_a_link_at_the_draft) {
  const test::TempDirectory directory;
  const auto file = directory.path() / "key.pem";
  const auto elsewhere = directory.path() / "elsewhere";
  fs::create_symlink(elsewhere, file.string() + ".new");
  ASSERT_TRUE(write_whole(file, "a key"));
  EXPECT_FALSE(fs::exists(elsewhere));
}

TEST(Files, are_read_up_to_a_limit) {
  const test::TempDirectory directory;
  const auto file = directory.path() / "file";
  ASSERT_TRUE(write_whole(file, "12345"));
  EXPECT_EQ(read_whole(file, 5).value(), "12345");
  EXPECT_EQ(read_whole(file, 4).error().code, Errc::too_large);
  EXPECT_EQ(read_whole(directory.path() / "none").error().code, Errc::absent);
}

TEST(Files, directories_become_private) {
  const test::TempDirectory directory;
  const auto inner = directory.path() / "a" / "b";
  ASSERT_TRUE(make_private_directory(inner));
  EXPECT_EQ(mode_of(inner), 0700U);
  fs::permissions(inner, fs::perms::all);
  ASSERT_TRUE(make_private_directory(inner));
  EXPECT_EQ(mode_of(inner), 0700U);
}

TEST(Files, of_root_belong_to_the_owner_of_their_directory) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root makes files for others";
  const test::TempDirectory directory;
  ASSERT_EQ(::chown(directory.path().c_str(), 12345, 12346), 0);
  ASSERT_TRUE(make_private_directory(directory.path() / "identity"));
  ASSERT_TRUE(write_whole(directory.path() / "identity" / "key.pem", "a key"));
  ASSERT_TRUE(make_private_file(directory.path() / "identity" / "identity.db"));
  for (const char* name : {"identity", "identity/key.pem", "identity/identity.db"}) {
    struct stat status {};
    ASSERT_EQ(::stat((directory.path() / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 12345U) << name;
    EXPECT_EQ(status.st_gid, 12346U) << name;
  }
}

TEST(Files, directories_are_not_made_private_through_a_link) {
  const test::TempDirectory directory;
  const auto target = directory.path() / "target";
  fs::create_directory(target);
  fs::create_symlink(target, directory.path() / "identity");
  EXPECT_FALSE(make_private_directory(directory.path() / "identity"));
  EXPECT_NE(mode_of(target), 0700U);
}

TEST(Files, are_removed_once_or_twice) {
  const test::TempDirectory directory;
  const auto file = directory.path() / "token";
  ASSERT_TRUE(write_whole(file, "x"));
  EXPECT_TRUE(remove_file(file));
  EXPECT_FALSE(fs::exists(file));
  EXPECT_TRUE(remove_file(file));
}

}  // namespace
}  // namespace sobriety::identity
