#include "collector/store/report_archive.hpp"

#include "tests/support/temp_directory.hpp"

#include <sys/stat.h>

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

class Archive : public testing::Test {
 protected:
  [[nodiscard]] StoreOptions options() const {
    return {"sqlite", directory.path() / "sobriety.db"};
  }
  [[nodiscard]] std::unique_ptr<ReportArchive> open() const {
    auto opened = ReportArchive::open(options());
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(opened.value()) : nullptr;
  }
  test::TempDirectory directory;
};

TEST_F(Archive, gives_back_what_was_kept_byte_for_byte) {
  const std::string text{"line\n\0\xff", 7};
  const auto no = open()->keep("2026-10", 5, text);
  ASSERT_TRUE(no) << no.error().message;
  EXPECT_EQ(open()->text(no.value()).value(), text);
}

TEST_F(Archive, lists_a_month_or_all_in_the_order_of_issue) {
  const auto archive = open();
  ASSERT_TRUE(archive->keep("2026-10", 5, "a"));
  ASSERT_TRUE(archive->keep("2026-11", 6, "b"));
  ASSERT_TRUE(archive->keep("2026-10", 7, "c"));
  EXPECT_EQ(archive->list("2026-10").value(),
            (std::vector<KeptReport>{{1, "2026-10", 5}, {3, "2026-10", 7}}));
  EXPECT_EQ(archive->list("").value().size(), 3U);
  EXPECT_TRUE(archive->list("2020-01").value().empty());
}

TEST_F(Archive, knows_no_report_that_was_not_kept) {
  EXPECT_FALSE(open()->text(7).value().has_value());
}

TEST_F(Archive, is_not_made_by_looking) {
  const auto looked = ReportArchive::look(options());
  ASSERT_TRUE(looked);
  EXPECT_EQ(looked.value(), nullptr);
  EXPECT_FALSE(std::filesystem::exists(ReportArchive::file_of(options())));
}

TEST_F(Archive, is_read_by_its_owner_only) {
  ASSERT_TRUE(open()->keep("2026-10", 5, "a"));
  struct stat status {};
  ASSERT_EQ(::stat(ReportArchive::file_of(options()).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Archive, has_the_same_reports_in_a_backup_and_not_what_came_later) {
  const auto archive = open();
  ASSERT_TRUE(archive->keep("2026-10", 5, "first"));
  const StoreOptions copy{"sqlite", directory.path() / "copy"};
  const auto back_up = [&] {
    return archive->backup(ReportArchive::file_of(copy), [](auto, auto) {});
  };
  ASSERT_TRUE(back_up());
  ASSERT_TRUE(archive->keep("2026-10", 6, "second"));
  EXPECT_EQ(ReportArchive::open(copy).value()->list("").value(),
            (std::vector<KeptReport>{{1, "2026-10", 5}}));
  EXPECT_EQ(ReportArchive::open(copy).value()->text(1).value(), "first");
  ASSERT_TRUE(back_up());  // in the place of the one before
  EXPECT_EQ(ReportArchive::open(copy).value()->text(2).value(), "second");
}

TEST_F(Archive, of_a_memory_store_is_refused_with_what_to_do) {
  const auto opened = ReportArchive::open({"memory", directory.path() / "x"});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("store.kind"), std::string::npos);
}

TEST_F(Archive, in_a_directory_that_is_not_there_is_refused_with_its_path) {
  const auto opened = ReportArchive::open({"sqlite", directory.path() / "none" / "sobriety.db"});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("none/sobriety.db.reports"), std::string::npos);
}

}  // namespace
}  // namespace sobriety::collector
