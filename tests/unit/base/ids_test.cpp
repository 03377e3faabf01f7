#include "proto/base/ids.hpp"

#include <gtest/gtest.h>

namespace sobriety {
namespace {

TEST(Ids, read_what_they_write) {
  const HostId id = HostId::random();
  EXPECT_EQ(parse_hex_id(id.hex()).value(), id.bytes);
}

TEST(Ids, accept_the_dashes_of_a_boot_id) {
  EXPECT_EQ(to_hex(parse_hex_id("0f8fad5b-d9cb-469f-a165-70867728950e").value()),
            "0f8fad5bd9cb469fa16570867728950e");
}

TEST(Ids, refuse_what_is_not_32_digits) {
  for (const char* text : {"", "0", "0f8fad5bd9cb469fa16570867728950",
                           "0f8fad5bd9cb469fa16570867728950e0", "0f8fad5bd9cb469fa16570867728950g"})
    EXPECT_FALSE(parse_hex_id(text).has_value()) << text;
}

TEST(Ids, differ_when_random) { EXPECT_NE(HostId::random(), HostId::random()); }

}  // namespace
}  // namespace sobriety
