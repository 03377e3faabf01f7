#include "proto/identity/base64url.hpp"

#include <gtest/gtest.h>

namespace sobriety::identity {
namespace {

TEST(Base64Url, writes_what_rfc_4648_has_as_examples) {
  EXPECT_EQ(base64url(""), "");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_EQ(base64url("fo"), "Zm8");
  EXPECT_EQ(base64url("foo"), "Zm9v");
  EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url("\xff\xff\xfe"), "___-");
}

TEST(Base64Url, reads_back_bytes_of_every_length) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(parse_base64url(base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Base64Url, refuses_a_second_text_for_the_same_bytes) {
  EXPECT_EQ(parse_base64url("Zg"), "f");
  EXPECT_FALSE(parse_base64url("Zh"));    // bits of no byte
  EXPECT_FALSE(parse_base64url("Zg=="));  // padding
  EXPECT_FALSE(parse_base64url("Z"));     // a letter of no byte
  EXPECT_FALSE(parse_base64url("Zm9vA"));
}

TEST(Base64Url, refuses_other_alphabets) {
  for (const char* text : {"+///", "Zm 9", "Zm9\n", "Zm9.", "\xc3\xa9Zg"})
    EXPECT_FALSE(parse_base64url(text)) << text;
}

}  // namespace
}  // namespace sobriety::identity
