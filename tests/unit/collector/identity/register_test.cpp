#include "collector/identity/register.hpp"

#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{1'800'000'000'000ms};

struct RegisterTest : testing::Test {
  test::TempDirectory directory;
  std::filesystem::path file = directory.path() / "identity.db";
  std::unique_ptr<Register> hosts = Register::open(file).value();
  TokenRow token{
      TokenId::random(), identity::sha256("secret"), start, start + 24h, 3, 1, "lab", false};
  HostRow host{HostId::random(),  "web-1", "lab", token.id, identity::sha256("request"), start,
               Standing::approved};
  CertificateRow certificate{identity::sha256("der"),
                             host.id,
                             host.request,
                             identity::sha256("key"),
                             "4f00",
                             start,
                             start + 720h,
                             "der"};
};

TEST_F(RegisterTest, keeps_what_it_is_given) {
  ASSERT_TRUE(hosts->add(token));
  ASSERT_TRUE(hosts->add(host));
  ASSERT_TRUE(hosts->add(certificate));
  hosts = Register::open(file).value();
  EXPECT_EQ(hosts->token(token.id).value(), token);
  EXPECT_EQ(hosts->tokens().value(), std::vector{token});
  EXPECT_EQ(hosts->host(host.id).value(), host);
  EXPECT_EQ(hosts->host_that_came_with(host.request).value(), host);
  EXPECT_EQ(hosts->hosts().value(), std::vector{host});
  EXPECT_EQ(hosts->certificate(certificate.fingerprint).value(), certificate);
  EXPECT_EQ(hosts->certificate_for(certificate.request).value(), certificate);
  EXPECT_EQ(hosts->known().value().front().host, host.id);
}

TEST_F(RegisterTest, has_nothing_of_what_it_was_not_given) {
  EXPECT_FALSE(hosts->token(token.id).value());
  EXPECT_FALSE(hosts->host(host.id).value());
  EXPECT_FALSE(hosts->host_that_came_with(host.request).value());
  EXPECT_FALSE(hosts->certificate(certificate.fingerprint).value());
  EXPECT_FALSE(hosts->revoke(token.id).value());
}

TEST_F(RegisterTest, is_nobody_else_s_to_read) {
  ASSERT_TRUE(hosts->add(token));
  for (const char* suffix : {"", "-wal", "-shm"})
    EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(file.string() + suffix).permissions()),
              0600U);
}

TEST_F(RegisterTest, never_lets_a_token_be_used_more_often_than_it_says) {
  ASSERT_TRUE(hosts->add(token));
  EXPECT_TRUE(hosts->use(token.id));
  EXPECT_TRUE(hosts->use(token.id));
  EXPECT_FALSE(hosts->use(token.id));
  EXPECT_EQ(hosts->token(token.id).value()->uses, 3);
}

TEST_F(RegisterTest, tells_that_another_connection_has_changed_it) {
  const auto before = hosts->version().value();
  ASSERT_TRUE(hosts->add(token));
  EXPECT_EQ(hosts->version().value(), before);
  ASSERT_TRUE(Register::open(file).value()->revoke(token.id).value());
  EXPECT_NE(hosts->version().value(), before);
  EXPECT_TRUE(hosts->token(token.id).value()->revoked);
}

TEST_F(RegisterTest, takes_the_newest_certificate_of_a_request_and_forgets_old_ones) {
  ASSERT_TRUE(hosts->add(host));
  CertificateRow later = certificate;
  later.fingerprint = identity::sha256("later");
  later.expires += 720h;
  ASSERT_TRUE(hosts->add(later));
  ASSERT_TRUE(hosts->add(certificate));
  EXPECT_EQ(hosts->certificate_for(host.request).value(), later);
  ASSERT_TRUE(hosts->forget(certificate.expires + 1ms));
  EXPECT_FALSE(hosts->certificate(certificate.fingerprint).value());
  EXPECT_TRUE(hosts->certificate(later.fingerprint).value());
}

TEST_F(RegisterTest, a_standing_is_set_and_known) {
  ASSERT_TRUE(hosts->add(host));
  ASSERT_TRUE(hosts->add(certificate));
  ASSERT_TRUE(hosts->set(host.id, Standing::revoked));
  EXPECT_EQ(hosts->known().value().front().standing, Standing::revoked);
}

}  // namespace
}  // namespace sobriety::collector
