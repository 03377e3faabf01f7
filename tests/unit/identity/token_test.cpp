#include "proto/identity/token.hpp"

#include "proto/base/ids.hpp"
#include "proto/identity/base64url.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sobriety::identity {
namespace {

Token some_token() {
  return {TokenId::random(),
          random_secret(),
          sha256("a key"),
          {{"collector.example.org", 18550}, {"2001:db8::1", 443}}};
}

std::string error_of(std::string_view text) {
  const auto token = parse_token(text);
  return token ? "" : token.error().message;
}

// The text of such fields, with a sound checksum.
std::string text_of(std::string_view fields) {
  return "sbr1." +
         base64url(std::string{fields} + std::string{bytes_of(sha256(fields)).substr(0, 4)});
}

TEST(Token, is_one_word_that_reads_back) {
  const Token token = some_token();
  const std::string text = format(token);
  EXPECT_TRUE(text.starts_with("sbr1."));
  EXPECT_EQ(text.find_first_of(" \t\n\"'$\\&"), std::string::npos);
  EXPECT_EQ(parse_token(text).value(), token);
  EXPECT_EQ(parse_token("  " + text + "\r\n").value(), token);  // as editors leave it
}

TEST(Token, has_the_layout_that_the_specification_tells) {
  Token token{{}, {}, {}, {{"a.b", 0x1234}}};
  token.id.bytes.fill(1);
  token.secret.fill(2);
  token.pin.fill(3);
  const std::string fields = std::string(16, '\1') + std::string(32, '\2') + std::string(32, '\3') +
                             std::string{
                                 "\x01\x12\x34\x03"
                                 "a.b"};
  EXPECT_EQ(format(token), text_of(fields));
}

TEST(Token, tells_a_slip_from_a_token) {
  const std::string text = format(some_token());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_NE(error_of(std::string_view{text}.substr(0, size)), "") << size;
  for (std::size_t at = 5; at < text.size(); ++at) {
    std::string other = text;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(error_of(other), "") << at;
  }
  EXPECT_NE(error_of(text + "A"), "");
  EXPECT_NE(error_of("sbr2." + text.substr(5)), "");
}

TEST(Token, is_never_repeated_in_an_error) {
  std::string text = format(some_token());
  text[20] = text[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(error_of(text).find(text.substr(5, 20)), std::string::npos);
  EXPECT_NE(error_of(text).find("missing or changed"), std::string::npos);
}

TEST(Token, refuses_fields_that_make_no_sense_behind_a_sound_checksum) {
  const std::string ids(16 + 32 + 32, 'x');
  const std::string host{
      "\x01\x01\x03"
      "a.b"};
  EXPECT_EQ(error_of(text_of(ids + '\1' + host)), "");
  EXPECT_NE(error_of(text_of("")), "");
  EXPECT_NE(error_of(text_of(ids)), "");
  EXPECT_NE(error_of(text_of(ids + '\0')), "");                         // no endpoint
  EXPECT_NE(error_of(text_of(ids + '\2' + host)), "");                  // one is missing
  EXPECT_NE(error_of(text_of(ids + '\1' + host + "more")), "");         // and one too many
  EXPECT_NE(error_of(text_of(ids + '\1' + std::string(3, '\0'))), "");  // no port, no host
  EXPECT_NE(error_of(text_of(ids + '\1' +
                             std::string{"\x01\x01\x03"
                                         "a b"})),
            "");
  std::string nine = ids + '\x9';
  for (int i = 0; i < 9; ++i) nine += host;
  EXPECT_NE(error_of(text_of(nine)), "");
}

TEST(Token, says_what_is_wrong_with_an_endpoint) {
  EXPECT_EQ(problem_of({"::1", 1}), "");
  EXPECT_EQ(problem_of({"", 1}), "has no host");
  EXPECT_EQ(problem_of({"a", 0}), "has no port");
  EXPECT_NE(problem_of({std::string(254, 'a'), 1}), "");
  EXPECT_NE(problem_of({"caf\xc3\xa9", 1}), "");
}

TEST(Token, fits_its_limit_at_its_longest) {
  Token token = some_token();
  token.endpoints.assign(max_endpoints, {std::string(253, 'a'), 65535});
  const std::string text = format(token);
  EXPECT_LE(text.size(), max_token_text);
  EXPECT_EQ(parse_token(text).value(), token);
}

TEST(Digest, is_sha_256) {
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
}

TEST(Digest, compares_all_of_it) {
  const Digest one = sha256("abc");
  EXPECT_TRUE(same(one, digest_of(bytes_of(one))));
  for (std::size_t at = 0; at < one.size(); ++at) {
    Digest other = one;
    other[at] ^= 1;
    EXPECT_FALSE(same(one, other)) << at;
  }
}

TEST(Digest, secrets_differ) {
  std::set<Secret> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(random_secret()).second);
}

}  // namespace
}  // namespace sobriety::identity
