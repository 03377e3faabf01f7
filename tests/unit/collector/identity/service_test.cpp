#include "collector/identity/service.hpp"

#include "collector/identity/administration.hpp"
#include "proto/identity/key.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{1'800'000'000'000ms};
constexpr std::chrono::hours day{24};

struct SetClock final : Clock {
  WallTime wall = start;
  [[nodiscard]] Instant now() const override { return {{}, {}, wall}; }
};

struct Counted final : IdentityCounters {
  std::map<EnrolmentOutcome, int> outcomes;
  WallTime server{};
  void enrolment(EnrolmentOutcome outcome) override { ++outcomes[outcome]; }
  void expiries(WallTime, WallTime, WallTime of_server) override { server = of_server; }
};

struct ServiceTest : testing::Test {
  test::TempDirectory parent;
  IdentityOptions options{parent.path() / "identity", {}, {}};
  SetClock clock;
  Counted counted;
  net::io_context loop;
  std::unique_ptr<IdentityService> service;
  std::unique_ptr<Register> outside;  // as the command line has it
  identity::Token token;

  void SetUp() override {
    ASSERT_TRUE(Authority::init(options.directory, {"localhost"}, start));
    outside = Register::open(register_file(options.directory)).value();
    const auto text = create_token(*outside, {}, {24h, 9, "lab", {{"localhost", 1}}}, start);
    token = identity::parse_token(text.value()).value();
    service = IdentityService::open(options, counted, clock).value();
  }

  wire::EnrolReply ask(const wire::EnrolRequest& request) {
    std::string reply;
    test::run_task(loop,
                   [](IdentityService& asked, std::string payload, std::string& answer) -> Task<> {
                     answer = co_await asked.answer(std::move(payload), std::nullopt,
                                                    net::ip::make_address("127.0.0.1"));
                   }(*service, wire::encode(request), reply));
    return wire::decode_enrol_reply(reply).value();
  }
  bool look() {
    bool changed = false;
    test::run_task(loop, [](IdentityService& asked, bool& answer) -> Task<> {
      answer = co_await asked.look();
    }(*service, changed));
    return changed;
  }
  [[nodiscard]] wire::EnrolRequest request() const {
    return {wire::EnrolSecret{token.id.bytes, token.secret},
            identity::make_certificate_request(identity::Key::generate()), HostId::random(),
            "web-1", "0.1.0"};
  }
  static tls::PeerCertificate peer_of(const wire::EnrolReply& reply) {
    const auto made = identity::Certificate::from_der(reply.certificate, "reply");
    return tls::peer_certificate(*made.value().handle()).value();
  }
  Admission admitted(const tls::PeerCertificate& peer) {
    return service->gate().admit(peer, clock.wall);
  }
};

TEST_F(ServiceTest, lets_in_what_it_issued_at_once) {
  const auto reply = ask(request());
  ASSERT_EQ(reply.result, wire::EnrolResult::issued) << reply.message;
  const auto peer = peer_of(reply);
  EXPECT_EQ(peer.host, reply.host);
  EXPECT_EQ(admitted(peer), Admission::allowed);
  EXPECT_EQ(counted.outcomes[EnrolmentOutcome::issued], 1);
}

TEST_F(ServiceTest, does_not_let_in_what_its_register_does_not_know) {
  auto peer = peer_of(ask(request()));
  auto forged = peer;
  forged.fingerprint[0] ^= 1;
  EXPECT_EQ(admitted(forged), Admission::unknown);
  auto other_host = peer;
  other_host.host = HostId::random();
  EXPECT_EQ(admitted(other_host), Admission::unknown);
}

TEST_F(ServiceTest, takes_notice_of_a_revocation_by_another_program) {
  const auto reply = ask(request());
  static_cast<void>(look());
  EXPECT_FALSE(look());
  ASSERT_TRUE(outside->set(reply.host, Standing::revoked));
  EXPECT_EQ(admitted(peer_of(reply)), Admission::allowed);
  EXPECT_TRUE(look());
  EXPECT_EQ(admitted(peer_of(reply)), Admission::revoked);
}

TEST_F(ServiceTest, knows_its_hosts_again_after_a_restart) {
  const auto peer = peer_of(ask(request()));
  service.reset();
  service = IdentityService::open(options, counted, clock).value();
  EXPECT_EQ(admitted(peer), Admission::allowed);
}

TEST_F(ServiceTest, renews_its_own_certificate) {
  const WallTime first = counted.server;
  EXPECT_EQ(first, start + 90 * day);
  clock.wall += 61 * day;
  static_cast<void>(look());
  EXPECT_EQ(counted.server, clock.wall + 90 * day);
}

TEST_F(ServiceTest, issues_by_a_new_authority_once_there_is_one) {
  const auto before = ask(request());
  std::filesystem::last_write_time(AuthorityFiles{options.directory}.issuing, {});
  static_cast<void>(look());
  ASSERT_TRUE(Authority::roll_over(options.directory, start));
  static_cast<void>(look());
  const auto after = ask(request());
  EXPECT_NE(after.chain, before.chain);
  EXPECT_EQ(after.authorities, before.authorities);
}

TEST_F(ServiceTest, counts_what_it_refuses) {
  auto guessed = request();
  guessed.token->secret.fill(0);
  EXPECT_EQ(ask(guessed).message, "token not accepted");
  EXPECT_EQ(counted.outcomes[EnrolmentOutcome::token_unknown], 1);
}

TEST(Service, does_not_open_without_an_authority) {
  SetClock clock;
  Counted counted;
  const auto service = IdentityService::open({"/nonexistent/identity", {}, {}}, counted, clock);
  ASSERT_FALSE(service);
  EXPECT_NE(service.error().message.find("ca init"), std::string::npos);
}

}  // namespace
}  // namespace sobriety::collector
