#include "agent/source/cpu.hpp"

#include "tests/support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using test::TempTree;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Cell> read_cells(Source& source, ReadOutcome* outcome = nullptr) {
  std::vector<Cell> cells(source.series().size(), no_value);
  const ReadOutcome result = source.read({}, cells);
  if (outcome != nullptr) *outcome = result;
  return cells;
}

struct LineCase {
  const char* name;
  std::string text;
  std::size_t modes;  // 0: refused
};

class CpuLine : public testing::TestWithParam<LineCase> {};

TEST_P(CpuLine, parses) {
  const auto times = parse_cpu_line(GetParam().text);
  ASSERT_EQ(times.has_value(), GetParam().modes > 0);
  if (times) {
    EXPECT_EQ(times->modes, GetParam().modes);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , CpuLine,
    testing::Values(LineCase{"all_ten_modes", "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1\n", 10},
                    LineCase{"columns_of_a_newer_kernel_are_left_out",
                             "cpu  1 2 3 4 5 6 7 8 9 10 11\n", 10},
                    LineCase{"linux_2_4_has_four", "cpu  1 2 3 4\n", 4},
                    LineCase{"without_a_line_end", "cpu  1 2 3 4", 4},
                    LineCase{"the_largest_number", "cpu  18446744073709551615 2 3 4\n", 4},
                    LineCase{"not_the_line_of_one_processor", "cpu0 1 2 3 4 5 6 7 8 9 10\n", 0},
                    LineCase{"not_a_negative_number", "cpu  1 2 3 -4\n", 0},
                    LineCase{"not_a_number_that_overflows", "cpu  18446744073709551616 2 3 4\n", 0},
                    LineCase{"not_a_fraction", "cpu  1 2 3 4.5\n", 0},
                    LineCase{"not_an_exponent", "cpu  1 2 3 4e5\n", 0},
                    LineCase{"not_nan", "cpu  1 2 3 nan\n", 0},
                    LineCase{"not_three_columns", "cpu  1 2 3\n", 0},
                    LineCase{"not_nothing", "", 0}, LineCase{"not_only_the_word", "cpu \n", 0}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(CpuSource, gives_centiseconds_by_mode) {
  TempTree tree;
  tree.file("proc/stat", "cpu  12 0 277 459 0 0 2 0 0 0\ncpu0 2 0 189 188 0 0 1 0 0 0\n");
  Discovery found = discover_cpu(tree.roots(), {});
  ASSERT_EQ(found.status, SourceStatus::found);
  ASSERT_EQ(found.source->series().size(), 10U);
  EXPECT_EQ(found.source->series()[3], (Series{SignalId::cpu_time, "idle", {}, {}}));
  EXPECT_THAT(read_cells(*found.source), ElementsAre(12, 0, 277, 459, 0, 0, 2, 0, 0, 0));
}

TEST(CpuSource, an_old_kernel_has_fewer_series_and_a_note) {
  TempTree tree;
  tree.file("proc/stat", "cpu  1 2 3 4 5 6 7\n");
  Discovery found = discover_cpu(tree.roots(), {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_EQ(found.source->series().size(), 7U);
  EXPECT_THAT(found.notes, ElementsAre("this kernel does not tell steal and the modes after it"));
}

TEST(CpuSource, keeps_the_maximum_where_the_kernel_takes_iowait_back) {
  TempTree tree;
  tree.file("proc/stat", "cpu  10 10 10 10 50 0 0 0 0 0\n");
  Discovery found = discover_cpu(tree.roots(), {});
  EXPECT_EQ(read_cells(*found.source)[4], 50);
  tree.file("proc/stat", "cpu  11 10 10 10 48 0 0 0 0 0\n");
  ReadOutcome outcome;
  EXPECT_THAT(read_cells(*found.source, &outcome), ElementsAre(11, 10, 10, 10, 50, 0, 0, 0, 0, 0));
  EXPECT_EQ(outcome.failures + outcome.discontinuities, 0U);
  tree.file("proc/stat", "cpu  11 10 10 10 53 0 0 0 0 0\n");
  EXPECT_EQ(read_cells(*found.source)[4], 53);
}

TEST(CpuSource, a_line_that_went_bad_is_a_failure_without_values) {
  TempTree tree;
  tree.file("proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\n");
  Discovery found = discover_cpu(tree.roots(), {});
  for (const char* bad : {"", "cpu  1 2 3 4 5\n", "cpu  1 2 x\n", "no such line\n"}) {
    tree.file("proc/stat", bad);
    ReadOutcome outcome;
    EXPECT_THAT(read_cells(*found.source, &outcome), Each(no_value)) << bad;
    EXPECT_EQ(outcome.failures, 1U) << bad;
  }
}

TEST(CpuSource, does_not_read_the_tail) {
  TempTree tree;
  tree.file("proc/stat", "cpu  1 2 3 4\n" + std::string(1 << 20, 'x'));
  Discovery found = discover_cpu(tree.roots(), {});
  EXPECT_THAT(read_cells(*found.source), ElementsAre(1, 2, 3, 4));
}

TEST(CpuSource, says_that_the_file_is_absent_or_broken) {
  TempTree tree;
  EXPECT_EQ(discover_cpu(tree.roots(), {}).status, SourceStatus::absent);
  tree.file("proc/stat", "intr 1 2 3\n");
  const Discovery broken = discover_cpu(tree.roots(), {});
  EXPECT_EQ(broken.status, SourceStatus::broken);
  EXPECT_THAT(broken.summary, HasSubstr("proc/stat"));
  EXPECT_EQ(broken.source, nullptr);
  tree.unreadable("proc/stat");
  EXPECT_EQ(discover_cpu(tree.roots(), {}).status, SourceStatus::broken);
}

TEST(CpuSource, reads_the_machine_that_runs_this_test) {
  Discovery found = discover_cpu(Roots{}, {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_GT(read_cells(*found.source)[0], 0);
}

}  // namespace
}  // namespace sobriety::agent
