#include "agent/source/activity.hpp"

#include "tests/support/reading.hpp"
#include "tests/support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

void add_interface(TempTree& tree, const std::string& name, const char* received,
                   const char* sent) {
  tree.directory("sys/class/net/" + name + "/device")
      .file("sys/class/net/" + name + "/statistics/rx_bytes", received)
      .file("sys/class/net/" + name + "/statistics/tx_bytes", sent);
}

void add_disk(TempTree& tree, const std::string& name, const char* stat) {
  tree.directory("sys/block/" + name + "/device").file("sys/block/" + name + "/stat", stat);
}

TEST(parse_disk_stat, takes_sectors_read_and_written) {
  EXPECT_EQ(parse_disk_stat("   100  0  4  10   20  0  6  5  0  15  15  0  0  0  0\n"),
            (DiskBytes{2048, 3072}));
  EXPECT_EQ(parse_disk_stat("1 2 3 4 5 6 7"), (DiskBytes{1536, 3584}));
}

TEST(parse_disk_stat, refuses_what_is_not_one) {
  for (const char* bad : {"", "1 2 3 4 5 6", "1 2 -3 4 5 6 7", "1 2 3 4 5 6 x",
                          "1 2 18446744073709551615 4 5 6 7", "1 2 3 4 5 6 18446744073709551616"})
    EXPECT_EQ(parse_disk_stat(bad), std::nullopt) << bad;
}

TEST(Activity, adds_the_physical_devices_and_leaves_out_the_others) {
  TempTree tree;
  add_interface(tree, "eth0", "1000\n", "200\n");
  add_interface(tree, "eth1", "5\n", "7\n");
  tree.file("sys/class/net/lo/statistics/rx_bytes", "9\n");  // no device behind it
  add_interface(tree, "eth0v0", "1000\n", "200\n");
  tree.directory("sys/class/net/eth0v0/device/physfn");
  add_disk(tree, "sda", "1 0 4 0 1 0 6 0 0 0 0\n");
  add_disk(tree, "nvme0c0n1", "1 0 4 0 1 0 6 0 0 0 0\n");
  tree.file("sys/block/nvme0c0n1/hidden", "1\n");
  tree.file("sys/block/dm-0/stat", "1 0 4 0 1 0 6 0 0 0 0\n");
  Discovery found = discover_activity(tree.roots(), {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_EQ(found.summary, "network interfaces: eth0, eth1; disks: sda");
  EXPECT_THAT(read_at(*found.source, 1s).by_name,
              ElementsAre(Pair("read", 2048), Pair("receive", 1005), Pair("transmit", 207),
                          Pair("write", 3072)));
}

TEST(Activity, a_device_that_fails_keeps_its_part_of_the_sum) {
  TempTree tree;
  add_interface(tree, "eth0", "1000\n", "200\n");
  add_interface(tree, "eth1", "5\n", "7\n");
  Discovery found = discover_activity(tree.roots(), {});
  read_at(*found.source, 1s);
  tree.file("sys/class/net/eth0/statistics/rx_bytes", "");
  tree.file("sys/class/net/eth1/statistics/rx_bytes", "6\n");
  const Reading reading = read_at(*found.source, 2s);
  EXPECT_EQ(reading.outcome.failures, 1U);
  EXPECT_TRUE(reading.outcome.rescan);
  EXPECT_EQ(reading.by_name.at("receive"), 1006);
  EXPECT_FALSE(read_at(*found.source, 3s).outcome.rescan);
}

TEST(Activity, sums_never_fall_over_an_unplugged_device_and_its_return) {
  TempTree tree;
  add_interface(tree, "eth0", "1000\n", "200\n");
  add_interface(tree, "usb0", "50\n", "60\n");
  Discovery first = discover_activity(tree.roots(), {});
  read_at(*first.source, 1s);
  tree.remove("sys/class/net/usb0");
  Discovery second = discover_activity(tree.roots(), {});
  second.source->take_over(*first.source);
  EXPECT_EQ(read_at(*second.source, 2s).by_name.at("receive"), 1050);
  add_interface(tree, "usb0", "3\n", "4\n");
  Discovery third = discover_activity(tree.roots(), {});
  third.source->take_over(*second.source);
  EXPECT_EQ(read_at(*third.source, 3s).by_name.at("receive"), 1053);
}

TEST(Activity, says_what_is_left_out_and_when_there_is_nothing) {
  TempTree tree;
  EXPECT_EQ(discover_activity(tree.roots(), {}).status, SourceStatus::absent);
  tree.directory("sys/class/net/eth0/device");
  const Discovery found = discover_activity(tree.roots(), {});
  EXPECT_EQ(found.status, SourceStatus::absent);
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("eth0 left out: ")));
}

}  // namespace
}  // namespace sobriety::agent
