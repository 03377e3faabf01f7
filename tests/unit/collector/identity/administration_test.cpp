#include "collector/identity/administration.hpp"

#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{1'800'000'000'000ms};

struct AdministrationTest : testing::Test {
  test::TempDirectory directory;
  std::unique_ptr<Register> hosts = Register::open(directory.path() / "identity.db").value();
  identity::Digest pin = identity::sha256("root");
  TokenWish wish{24h, 5, "lab", {{"collector", 18550}}};

  HostRow add(const std::string& name, Standing standing = Standing::approved) {
    const HostId id = HostId::random();
    HostRow row{id, name, "lab", TokenId::random(), identity::sha256(id.hex()), start, standing};
    EXPECT_TRUE(hosts->add(row));
    return row;
  }
  [[nodiscard]] Standing standing(const HostRow& host) const {
    return hosts->host(host.id).value()->standing;
  }
};

TEST_F(AdministrationTest, a_token_is_printed_once_and_only_its_digest_is_kept) {
  const auto text = create_token(*hosts, pin, wish, start);
  ASSERT_TRUE(text) << text.error().message;
  const identity::Token token = identity::parse_token(text.value()).value();
  EXPECT_EQ(token.pin, pin);
  EXPECT_EQ(token.endpoints, wish.endpoints);
  const TokenRow row = hosts->tokens().value().front();
  EXPECT_EQ(row.id, token.id);
  EXPECT_NE(row.secret, token.secret);
  EXPECT_EQ(row.secret, identity::sha256({reinterpret_cast<const char*>(token.secret.data()), 32}));
  EXPECT_EQ(row.expires, start + 24h);
  EXPECT_EQ(row.max_uses, 5);
  EXPECT_EQ(row.group, "lab");
}

TEST_F(AdministrationTest, a_token_that_would_be_of_no_use_is_not_made) {
  void (*const spoils[])(TokenWish&) = {
      [](TokenWish& bad) { bad.endpoints.clear(); },
      [](TokenWish& bad) {
        bad.endpoints.assign(9, {"a", 1});
      },
      [](TokenWish& bad) {
        bad.endpoints = {{"a b", 1}};
      },
      [](TokenWish& bad) {
        bad.endpoints = {{"a", 0}};
      },
      [](TokenWish& bad) { bad.lifetime = 0ms; },
      [](TokenWish& bad) { bad.lifetime = 24h * 367; },
      [](TokenWish& bad) { bad.max_uses = 0; },
  };
  for (const auto spoil : spoils) {
    TokenWish bad = wish;
    spoil(bad);
    EXPECT_FALSE(create_token(*hosts, pin, bad, start));
  }
  EXPECT_TRUE(hosts->tokens().value().empty());
}

TEST_F(AdministrationTest, a_token_is_revoked_by_the_first_digits_of_its_id) {
  ASSERT_TRUE(create_token(*hosts, pin, wish, start));
  const std::string id = hosts->tokens().value().front().id.hex();
  EXPECT_FALSE(revoke_token(*hosts, id.substr(0, 7)));
  EXPECT_FALSE(revoke_token(*hosts, ""));
  EXPECT_FALSE(hosts->tokens().value().front().revoked);
  EXPECT_TRUE(revoke_token(*hosts, id.substr(0, 8)));
  EXPECT_TRUE(hosts->tokens().value().front().revoked);
}

TEST_F(AdministrationTest, a_host_is_found_by_id_or_by_a_name_of_its_own) {
  const HostRow one = add("web-1");
  const HostRow two = add("web-2");
  const HostRow twin = add("web-2");
  EXPECT_TRUE(revoke_host(*hosts, "web-1"));
  EXPECT_EQ(standing(one), Standing::revoked);
  const auto many = revoke_host(*hosts, "web-2");
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().message,
            "2 are called host 'web-2'; give the whole id, which the list has");
  EXPECT_FALSE(revoke_host(*hosts, "web"));
  EXPECT_TRUE(revoke_host(*hosts, two.id.hex()));
  EXPECT_EQ(standing(two), Standing::revoked);
  EXPECT_EQ(standing(twin), Standing::approved);
}

TEST_F(AdministrationTest, only_what_waits_is_approved) {
  const HostRow waits = add("new", Standing::pending);
  const HostRow gone = add("gone", Standing::revoked);
  EXPECT_TRUE(approve_host(*hosts, "new"));
  EXPECT_EQ(standing(waits), Standing::approved);
  EXPECT_FALSE(approve_host(*hosts, "gone"));
  EXPECT_EQ(standing(gone), Standing::revoked);
}

TEST_F(AdministrationTest, a_backup_is_a_register) {
  const HostRow host = add("web-1");
  const auto copy = directory.path() / "copy.db";
  ASSERT_TRUE(back_up_register(directory.path(), copy));
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(copy).permissions()), 0600U);
  EXPECT_EQ(Register::open(copy).value()->host(host.id).value(), host);
}

TEST_F(AdministrationTest, tables_have_a_line_each) {
  TokenRow token{{}, {}, start, start + 24h, 5, 5, "lab", false};
  EXPECT_EQ(tokens_table({token}, start),
            "TOKEN                             STATE    USES  EXPIRES               GROUP\n"
            "00000000000000000000000000000000  used up  5/5   2027-01-16 08:00:00Z  lab\n");
  const HostRow host{{}, "web-1", "", {}, {}, start, Standing::pending};
  EXPECT_EQ(hosts_table({host}),
            "HOST                              STATE    ENROLLED              GROUP  NAME\n"
            "00000000000000000000000000000000  pending  2027-01-15 08:00:00Z  -      web-1\n");
  token.uses = 0;
  EXPECT_NE(tokens_table({token}, start).find("  good "), std::string::npos);
  EXPECT_NE(tokens_table({token}, start + 24h).find("  expired "), std::string::npos);
  token.revoked = true;
  EXPECT_NE(tokens_table({token}, start).find("  revoked "), std::string::npos);
}

}  // namespace
}  // namespace sobriety::collector
