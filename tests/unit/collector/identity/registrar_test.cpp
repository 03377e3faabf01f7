#include "collector/identity/registrar.hpp"

#include "proto/identity/key.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using identity::Key;
using Outcome = EnrolmentOutcome;
using wire::EnrolResult;

constexpr WallTime start{1'800'000'000'000ms};
constexpr std::chrono::hours day{24};

struct RegistrarTest : testing::Test {
  test::TempDirectory parent;
  std::filesystem::path directory = parent.path() / "identity";
  std::unique_ptr<Register> hosts;
  std::optional<Authority> authority;
  EnrolmentPolicy policy{};
  identity::Secret secret = identity::random_secret();
  TokenRow token;
  WallTime now = start;

  void SetUp() override {
    ASSERT_TRUE(Authority::init(directory, {"localhost"}, start));
    authority.emplace(Authority::open(directory).value());
    hosts = Register::open(directory / "identity.db").value();
    token = {TokenId::random(), digest_of_secret(), start, start + day, 2, 0, "lab", false};
    ASSERT_TRUE(hosts->add(token));
  }

  [[nodiscard]] Digest digest_of_secret() const {
    return identity::sha256({reinterpret_cast<const char*>(secret.data()), secret.size()});
  }
  [[nodiscard]] wire::EnrolRequest request(const Key& key = Key::generate()) const {
    return {wire::EnrolSecret{token.id.bytes, secret}, identity::make_certificate_request(key),
            HostId::random(), "web-1", "0.1.0"};
  }
  Answer ask(const wire::EnrolRequest& request,
             const std::optional<ShownCertificate>& shown = std::nullopt) {
    return Registrar{*hosts, *authority, policy}.answer(wire::encode(request), shown, now);
  }
  static identity::Certificate certificate_of(const Answer& answer) {
    return identity::Certificate::from_der(answer.reply.certificate, "reply").value();
  }
  static ShownCertificate shown(const Answer& answer) {
    const auto certificate = certificate_of(answer);
    return {certificate.fingerprint(), certificate.public_digest()};
  }
  [[nodiscard]] std::int64_t uses() const { return hosts->token(token.id).value()->uses; }
};

TEST_F(RegistrarTest, issues_a_certificate_for_the_key_of_the_request_and_uses_the_token) {
  const Key key = Key::generate();
  const auto asked = request(key);
  const Answer answer = ask(asked);
  ASSERT_EQ(answer.outcome, Outcome::issued) << answer.detail;
  ASSERT_EQ(answer.reply.result, EnrolResult::issued);
  EXPECT_EQ(answer.reply.host, asked.host);
  EXPECT_EQ(certificate_of(answer).public_digest(), key.public_digest());
  EXPECT_EQ(certificate_of(answer).not_after(), start + 30 * day);
  EXPECT_EQ(answer.reply.authorities.front(), authority->root().der());
  EXPECT_EQ(answer.certificate->fingerprint, certificate_of(answer).fingerprint());
  EXPECT_EQ(uses(), 1);
  const HostRow host = hosts->host(asked.host).value().value();
  EXPECT_EQ(host.name, "web-1");
  EXPECT_EQ(host.group, "lab");
  EXPECT_EQ(host.standing, Standing::approved);
}

TEST_F(RegistrarTest, gives_the_same_request_the_same_certificate_however_often) {
  const auto asked = request();
  const Answer first = ask(asked);
  now += 2 * day;  // and whatever became of the token
  ASSERT_TRUE(hosts->revoke(token.id).value());
  const Answer again = ask(asked);
  EXPECT_EQ(again.outcome, Outcome::repeated);
  EXPECT_EQ(again.reply, first.reply);
  EXPECT_EQ(uses(), 1);
  EXPECT_EQ(hosts->known().value().size(), 1U);
}

TEST_F(RegistrarTest, the_same_request_by_another_token_is_refused) {
  const auto asked = request();
  static_cast<void>(ask(asked));
  TokenRow other = token;
  other.id = TokenId::random();
  ASSERT_TRUE(hosts->add(other));
  auto stolen = asked;
  stolen.token->id = other.id.bytes;
  EXPECT_EQ(ask(stolen).outcome, Outcome::token_unknown);
}

TEST_F(RegistrarTest, issues_anew_what_expired_before_it_was_fetched_but_not_for_ever) {
  const auto asked = request();
  static_cast<void>(ask(asked));
  now = start + 31 * day;
  EXPECT_EQ(ask(asked).outcome, Outcome::issued);
  now = start + 30 * day + 91 * day;
  EXPECT_EQ(ask(asked).outcome, Outcome::certificate_too_old);
}

TEST_F(RegistrarTest, says_one_reason_for_all_that_is_wrong_with_a_token) {
  struct Case {
    Outcome outcome;
    void (*spoil)(RegistrarTest&, wire::EnrolRequest&);
  };
  const Case cases[] = {
      {Outcome::token_unknown,
       [](RegistrarTest&, wire::EnrolRequest& asked) { asked.token->secret[31] ^= 1; }},
      {Outcome::token_unknown,
       [](RegistrarTest&, wire::EnrolRequest& asked) { asked.token->id[0] ^= 1; }},
      {Outcome::token_expired, [](RegistrarTest& test, wire::EnrolRequest&) { test.now += day; }},
      {Outcome::token_used_up,
       [](RegistrarTest& test, wire::EnrolRequest&) {
         test.now = start;
         for (int i = 0; i < 2; ++i) EXPECT_EQ(test.ask(test.request()).outcome, Outcome::issued);
       }},
      {Outcome::token_revoked,
       [](RegistrarTest& test, wire::EnrolRequest&) {
         EXPECT_TRUE(test.hosts->revoke(test.token.id).value());
       }},
  };
  for (const Case& each : cases) {
    auto asked = request();
    each.spoil(*this, asked);
    const std::int64_t before = uses();
    const Answer answer = ask(asked);
    EXPECT_EQ(answer.outcome, each.outcome) << answer.detail;
    EXPECT_EQ(answer.reply.result, EnrolResult::refused);
    EXPECT_EQ(answer.reply.message, "token not accepted");
    EXPECT_FALSE(answer.certificate);
    EXPECT_EQ(uses(), before);
  }
  EXPECT_EQ(hosts->hosts().value().size(), 2U);
}

TEST_F(RegistrarTest, does_not_give_away_the_id_of_a_host_that_is_known) {
  const auto first = request();
  static_cast<void>(ask(first));
  auto other = request();
  other.host = first.host;
  const Answer answer = ask(other);
  ASSERT_EQ(answer.outcome, Outcome::issued);
  EXPECT_NE(answer.reply.host, first.host);
  EXPECT_EQ(answer.reply.host, answer.certificate->host);
}

TEST_F(RegistrarTest, renews_by_a_known_certificate_with_a_new_key) {
  const Answer first = ask(request());
  const Key key = Key::generate();
  auto asked = request(key);
  asked.token.reset();
  now = start + 20 * day;
  const Answer renewed = ask(asked, shown(first));
  ASSERT_EQ(renewed.outcome, Outcome::renewed) << renewed.detail;
  EXPECT_EQ(renewed.reply.host, first.reply.host);
  EXPECT_EQ(certificate_of(renewed).not_after(), now + 30 * day);
  const Answer again = ask(asked, shown(first));
  EXPECT_EQ(again.outcome, Outcome::repeated);
  EXPECT_EQ(again.reply, renewed.reply);
  EXPECT_EQ(uses(), 1);
}

TEST_F(RegistrarTest, does_not_renew_without_a_new_key_or_a_known_certificate) {
  const Key key = Key::generate();
  const Answer first = ask(request(key));
  auto same = request(key);
  same.token.reset();
  EXPECT_EQ(ask(same, shown(first)).outcome, Outcome::malformed);
  auto asked = request();
  asked.token.reset();
  EXPECT_EQ(ask(asked).outcome, Outcome::certificate_unknown);
  const Answer stranger = ask(asked, ShownCertificate{identity::sha256("other"), {}});
  EXPECT_EQ(stranger.outcome, Outcome::certificate_unknown);
  EXPECT_EQ(stranger.reply.message, "certificate not accepted");
}

TEST_F(RegistrarTest, renews_late_but_not_too_late) {
  const Answer first = ask(request());
  auto asked = request();
  asked.token.reset();
  now = start + 30 * day + 90 * day + 1s;
  EXPECT_EQ(ask(asked, shown(first)).outcome, Outcome::certificate_too_old);
  now = start + 30 * day + 89 * day;
  EXPECT_EQ(ask(asked, shown(first)).outcome, Outcome::renewed);
}

TEST_F(RegistrarTest, a_revoked_host_gets_nothing) {
  const auto asked = request();
  const Answer first = ask(asked);
  ASSERT_TRUE(hosts->set(asked.host, Standing::revoked));
  EXPECT_EQ(ask(asked).outcome, Outcome::host_revoked);
  auto renewal = request();
  renewal.token.reset();
  const Answer answer = ask(renewal, shown(first));
  EXPECT_EQ(answer.outcome, Outcome::host_revoked);
  EXPECT_EQ(answer.reply.message, "certificate not accepted");
  EXPECT_EQ(hosts->known().value().front().standing, Standing::revoked);
}

TEST_F(RegistrarTest, waits_for_an_approval_where_that_is_configured) {
  policy.manual_approval = true;
  const auto asked = request();
  for (int i = 0; i < 3; ++i) {
    const Answer answer = ask(asked);
    EXPECT_EQ(answer.outcome, Outcome::pending);
    EXPECT_EQ(answer.reply.result, EnrolResult::pending);
    EXPECT_EQ(answer.reply.retry_after, 30s);
  }
  EXPECT_EQ(uses(), 1);
  EXPECT_TRUE(hosts->known().value().empty());
  ASSERT_TRUE(hosts->set(asked.host, Standing::approved));
  EXPECT_EQ(ask(asked).outcome, Outcome::issued);
  EXPECT_EQ(ask(asked).outcome, Outcome::repeated);
  EXPECT_EQ(uses(), 1);
}

TEST_F(RegistrarTest, refuses_what_is_malformed_in_words) {
  Registrar registrar{*hosts, *authority, policy};
  EXPECT_EQ(registrar.answer("\xff", std::nullopt, now).outcome, Outcome::malformed);
  auto asked = request();
  asked.certificate_request = "no request";
  const Answer answer = ask(asked);
  EXPECT_EQ(answer.outcome, Outcome::malformed);
  EXPECT_EQ(answer.reply.message, "the certificate request is not PKCS #10 in DER");
  EXPECT_EQ(uses(), 0);
}

TEST_F(RegistrarTest, changes_nothing_where_the_authority_cannot_sign) {
  now = start + issuing_lifetime + day;
  TokenRow fresh = token;
  fresh.id = TokenId::random();
  fresh.expires = now + day;
  ASSERT_TRUE(hosts->add(fresh));
  auto asked = request();
  asked.token->id = fresh.id.bytes;
  const Answer answer = ask(asked);
  EXPECT_EQ(answer.outcome, Outcome::failed);
  EXPECT_EQ(answer.reply.result, EnrolResult::unavailable);
  EXPECT_EQ(hosts->token(fresh.id).value()->uses, 0);
  EXPECT_TRUE(hosts->hosts().value().empty());
}

TEST_F(RegistrarTest, another_program_that_holds_the_register_makes_it_unavailable) {
  ASSERT_TRUE(hosts->database().execute("PRAGMA busy_timeout = 0"));
  const auto other = Register::open(directory / "identity.db").value();
  const auto held = Transaction::begin(other->database(), "IMMEDIATE").value();
  EXPECT_EQ(ask(request()).reply.result, EnrolResult::unavailable);
}

}  // namespace
}  // namespace sobriety::collector
