#include "collector/web/accounts.hpp"

#include "collector/web/bcrypt.hpp"
#include "collector/web/token_bucket.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

// Of "secret", at the least cost.
const std::string of_secret = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

std::string with_form(char form) {
  std::string hash = of_secret;
  hash[2] = form;
  return hash;
}

TEST(Bcrypt, knows_the_password_of_a_hash_in_each_form) {
  for (const char form : {'a', 'b', 'y'}) {  // for a password in ASCII they are the same
    const std::string hash = with_form(form);
    ASSERT_TRUE(is_bcrypt(hash));
    EXPECT_TRUE(bcrypt_matches("secret", hash)) << hash;
    EXPECT_FALSE(bcrypt_matches("Secret", hash));
    EXPECT_FALSE(bcrypt_matches("", hash));
    EXPECT_FALSE(bcrypt_matches(std::string{"secret\0more", 11}, hash));
  }
}

TEST(Bcrypt, takes_nothing_else_for_a_hash) {
  const std::string others[] = {"",
                                "secret",
                                of_secret + "x",
                                of_secret.substr(1),
                                with_form('x'),
                                "$6$salt$" + of_secret.substr(8),
                                std::string(60, '$')};
  for (const std::string& hash : others) EXPECT_FALSE(is_bcrypt(hash)) << hash;
  for (const char* cost : {"03", "17", "31", "99", "-4", "4$", " 4"}) {
    std::string hash = of_secret;
    hash.replace(4, 2, cost);
    EXPECT_FALSE(is_bcrypt(hash)) << hash;
  }
  std::string other_letter = of_secret;
  other_letter[30] = '-';
  EXPECT_FALSE(is_bcrypt(other_letter));
}

TEST(BasicCredentials, are_read_from_the_field) {
  struct Case {
    std::string_view field;
    std::optional<Credentials> credentials;
  };
  const Case cases[] = {
      {"Basic YWxpY2U6c2VjcmV0", Credentials{"alice", "secret"}},
      {"basic   YWxpY2U6c2VjcmV0", Credentials{"alice", "secret"}},
      {"Basic YTpi", Credentials{"a", "b"}},
      {"Basic YTpiYw==", Credentials{"a", "bc"}},
      {"Basic YTpiYw", Credentials{"a", "bc"}},
      {"Basic YTpiYzo=", Credentials{"a", "bc:"}},
      {"Basic Og==", Credentials{"", ""}},
      {"Basic w6k6/z8+", Credentials{"\xc3\xa9", "\xff?>"}},
      {"", {}},
      {"Basic", {}},
      {"Basic ", {}},
      {"Basic YWxpY2U=", {}},  // no colon
      {"Basic YTpiY", {}},
      {"Basic YTp*", {}},
      {"Basic YT pi", {}},
      {"Basic YTpiYw===", {}},
      {"Bearer YWxpY2U6c2VjcmV0", {}},
  };
  for (const auto& [field, credentials] : cases)
    EXPECT_EQ(basic_credentials(field), credentials) << field;
  EXPECT_EQ(basic_credentials("Basic " + std::string(4096, 'Y')), std::nullopt);
}

TEST(Accounts, a_stranger_is_compared_with_some_users_hash_and_always_the_same) {
  const Accounts accounts{{{"alice", "hash of alice"}, {"bob", "hash of bob"}}};
  EXPECT_TRUE(accounts.find("alice").known);
  EXPECT_EQ(accounts.find("alice").hash, "hash of alice");
  bool of_alice = false;
  bool of_bob = false;
  for (int i = 0; i < 64; ++i) {
    const std::string stranger = "stranger-" + std::to_string(i);
    const auto account = accounts.find(stranger);
    EXPECT_FALSE(account.known);
    EXPECT_EQ(account.hash, accounts.find(stranger).hash);
    (account.hash == "hash of alice" ? of_alice : of_bob) = true;
  }
  EXPECT_TRUE(of_alice && of_bob);
}

TEST(Accounts, remember_what_was_right_and_nothing_else) {
  Accounts accounts{{{"alice", of_secret}}};
  EXPECT_FALSE(accounts.remembered({"alice", "secret"}));
  accounts.remember({"alice", "secret"});
  EXPECT_TRUE(accounts.remembered({"alice", "secret"}));
  EXPECT_FALSE(accounts.remembered({"alice", "secre"}));
  EXPECT_FALSE(accounts.remembered({"alic", "esecret"}));
  EXPECT_FALSE(accounts.remembered({"", "alicesecret"}));
  EXPECT_FALSE(accounts.remembered({"alice", ""}));
}

TEST(Accounts, remember_a_bounded_number) {
  Accounts accounts{{{"alice", of_secret}}};
  for (int i = 0; i < 5000; ++i) accounts.remember({"alice", std::to_string(i)});
  int remembered = 0;
  for (int i = 0; i < 5000; ++i) remembered += accounts.remembered({"alice", std::to_string(i)});
  EXPECT_EQ(remembered, 1024);
}

TEST(TokenBucket, lets_a_burst_through_and_then_one_an_interval) {
  TokenBucket bucket{1s, 3};
  const TokenBucket::Clock::time_point now{};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(now)) << i;
  EXPECT_FALSE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now + 999ms));
  EXPECT_TRUE(bucket.take(now + 1s));
  EXPECT_FALSE(bucket.take(now + 1999ms));
  EXPECT_TRUE(bucket.take(now + 2s));
  // A long pause fills it again, and no more than that.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(now + 1h)) << i;
  EXPECT_FALSE(bucket.take(now + 1h));
}

TEST(TokenBucket, without_an_interval_lets_all_through) {
  TokenBucket bucket{0s, 1};
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(bucket.take({}));
}

}  // namespace
}  // namespace sobriety::collector
