#include "collector/policy/subject_text.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::policy {
namespace {

Subject known() {
  Subject subject;
  subject.facts = {"Debian 12",  "6.1",     "Xeon \\ \t x", 8,
                   16ULL << 30U, "desktop", "none",         "Box\n1"};
  subject.address = parse_address("192.0.2.7");
  subject.tags = {"a", "b c"};
  return subject;
}

TEST(SubjectText, reads_back_as_it_was) {
  Subject read;
  ASSERT_TRUE(read_subject(subject_text(known()), read));
  EXPECT_EQ(read.facts, known().facts);
  EXPECT_EQ(read.address, known().address);
  EXPECT_EQ(read.tags, known().tags);
}

TEST(SubjectText, of_a_stranger_is_empty) {
  EXPECT_EQ(subject_text(Subject{}), "");
  Subject read;
  EXPECT_TRUE(read_subject("", read));
}

TEST(SubjectText, passes_over_what_a_later_version_wrote) {
  Subject read;
  ASSERT_TRUE(read_subject("colour\tblue\nos\tDebian\n", read));
  EXPECT_EQ(read.facts.os, "Debian");
}

TEST(SubjectText, that_is_damaged_is_refused) {
  for (const char* text : {"os", "os\tDebian", "cpus\tmany\n", "memory\t-1\n", "address\t12\n",
                           "address\tzz000000000000000000000000000000\n", "\n"}) {
    Subject read;
    EXPECT_FALSE(read_subject(text, read)) << text;
  }
}

}  // namespace
}  // namespace sobriety::collector::policy
