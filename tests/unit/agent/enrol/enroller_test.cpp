#include "agent/enrol/enroller.hpp"

#include "agent/enrol/host_id.hpp"
#include "proto/identity/files.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/small_authority.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sobriety::agent {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using What = EnrolmentStep::What;
using wire::EnrolResult;

constexpr WallTime start{1'800'000'000'000ms};

struct SetClock final : Clock {
  WallTime wall = start;
  [[nodiscard]] Instant now() const override { return {{}, {}, wall}; }
};

wire::EnrolReply saying(EnrolResult result, std::string message,
                        std::chrono::milliseconds retry_after = 0ms) {
  wire::EnrolReply reply;
  reply.result = result;
  reply.message = std::move(message);
  reply.retry_after = retry_after;
  return reply;
}

struct EnrollerTest : testing::Test {
  using Collector = std::function<Result<wire::EnrolReply>(const wire::EnrolRequest&)>;

  test::TempDirectory state;
  fs::path token_file = state.path() / "token";
  test::SmallAuthority authority;
  SetClock clock;
  net::io_context loop;
  HostId host = HostId::random();
  std::optional<Endpoint> configured;
  int installed = 0;
  std::vector<EnrolmentQuestion> asked;
  const Collector issues = [this](const wire::EnrolRequest& request) {
    return authority.issue(request.certificate_request, host);
  };
  Collector collector = issues;

  static Task<Result<std::string>> answer(Result<std::string> text) { co_return text; }

  Enroller make() {
    return {loop,
            {state.path(), token_file, configured, "web-1"},
            [this](EnrolmentQuestion question) {
              asked.push_back(question);
              const auto reply = collector(wire::decode_enrol_request(question.request).value());
              Result<std::string> text = std::string{};
              if (reply)
                text = wire::encode(reply.value());
              else
                text = reply.error();
              return answer(std::move(text));
            },
            clock,
            [this] { ++installed; }};
  }
  EnrolmentStep step(Enroller& enroller) {
    EnrolmentStep done;
    test::run_task(loop, [](Enroller& one, EnrolmentStep& result) -> Task<> {
      result = co_await one.step();
    }(enroller, done));
    return done;
  }
  // By a process of its own.
  EnrolmentStep step() {
    Enroller enroller = make();
    return step(enroller);
  }
  identity::Token put_token() {
    identity::Token token{identity::TokenId::random(),
                          identity::random_secret(),
                          identity::sha256("root"),
                          {{"first", 1}, {"second", 2}}};
    EXPECT_TRUE(identity::write_whole(token_file, identity::format(token) + "\n"));
    return token;
  }
  [[nodiscard]] wire::EnrolRequest request(std::size_t turn) const {
    return wire::decode_enrol_request(asked.at(turn).request).value();
  }
};

TEST_F(EnrollerTest, says_what_is_lacking_and_looks_again) {
  const EnrolmentStep done = step();
  EXPECT_EQ(done.what, What::lacking);
  EXPECT_NE(done.message.find(token_file.string()), std::string::npos);
  EXPECT_EQ(done.wait, 5s);
  EXPECT_TRUE(asked.empty());
}

TEST_F(EnrollerTest, enrols_by_the_token_and_removes_it) {
  const HostId before = load_or_make_host_id(state.path()).value();
  const identity::Token token = put_token();
  const EnrolmentStep done = step();
  EXPECT_EQ(done.what, What::installed) << done.message;
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].collector, token.endpoints[0]);
  EXPECT_EQ(asked[0].pin, token.pin);
  EXPECT_EQ(request(0).token->id, token.id.bytes);
  EXPECT_EQ(request(0).token->secret, token.secret);
  EXPECT_EQ(request(0).host, before);
  EXPECT_EQ(request(0).host_name, "web-1");
  EXPECT_EQ(load_or_make_host_id(state.path()).value(), host);  // as the collector decided
  EXPECT_EQ(installed, 1);
  EXPECT_FALSE(fs::exists(token_file));
  EXPECT_EQ(step().what, What::idle);
}

TEST_F(EnrollerTest, asks_the_configured_collector_where_there_is_one) {
  configured = Endpoint{"configured", 9};
  put_token();
  EXPECT_EQ(step().what, What::installed);
  EXPECT_EQ(asked[0].collector, *configured);
}

TEST_F(EnrollerTest, asks_with_the_same_request_at_the_next_collector_after_a_failure) {
  const identity::Token token = put_token();
  collector = [](const wire::EnrolRequest&) -> Result<wire::EnrolReply> {
    return fail(Errc::unavailable, "cannot connect: nobody is there");
  };
  Enroller enroller = make();
  const EnrolmentStep done = step(enroller);
  EXPECT_EQ(done.what, What::failed);
  EXPECT_EQ(done.message, "collector first:1: cannot connect: nobody is there");
  EXPECT_TRUE(fs::exists(token_file));
  collector = issues;
  EXPECT_EQ(step(enroller).what, What::installed);
  EXPECT_EQ(asked[1].collector, token.endpoints[1]);
  EXPECT_EQ(asked[1].request, asked[0].request);
}

TEST_F(EnrollerTest, asks_with_the_same_request_after_it_was_killed_before_the_answer_came) {
  put_token();
  collector = [](const wire::EnrolRequest&) -> Result<wire::EnrolReply> {
    return fail(Errc::closed, "killed");
  };
  static_cast<void>(step());
  collector = issues;
  EXPECT_EQ(step().what, What::installed);
  EXPECT_EQ(request(1).certificate_request, request(0).certificate_request);
}

TEST_F(EnrollerTest, asks_with_the_same_request_after_it_was_killed_before_the_token_was_gone) {
  const identity::Token token = put_token();
  IdentityStore store{state.path()};
  const std::string first = store.request(token.id.hex()).value();
  ASSERT_TRUE(store.install(authority.issue(first, host), token.endpoints));
  EXPECT_EQ(step().what, What::installed);
  EXPECT_EQ(request(0).certificate_request, first);
  EXPECT_FALSE(fs::exists(token_file));
}

TEST_F(EnrollerTest, waits_for_an_approval_with_the_same_request) {
  put_token();
  collector = [](const wire::EnrolRequest&) {
    return saying(EnrolResult::pending, "to be approved", 30s);
  };
  const EnrolmentStep done = step();
  EXPECT_EQ(done.what, What::pending);
  EXPECT_GE(done.wait, 30s);
  EXPECT_TRUE(fs::exists(token_file));
  collector = issues;
  EXPECT_EQ(step().what, What::installed);
  EXPECT_EQ(request(1).certificate_request, request(0).certificate_request);
}

TEST_F(EnrollerTest, a_refusal_keeps_the_token_and_is_not_asked_about_often) {
  put_token();
  collector = [](const wire::EnrolRequest&) {
    return saying(EnrolResult::refused, "token not accepted");
  };
  const EnrolmentStep done = step();
  EXPECT_EQ(done.what, What::refused);
  EXPECT_EQ(done.message, "refused: token not accepted");
  EXPECT_GE(done.wait, 1min);
  EXPECT_TRUE(fs::exists(token_file));
  put_token();  // another one is another request
  collector = issues;
  EXPECT_EQ(step().what, What::installed);
  EXPECT_NE(request(1).certificate_request, request(0).certificate_request);
}

TEST_F(EnrollerTest, renews_in_time_by_its_certificate_with_a_new_key) {
  put_token();
  ASSERT_EQ(step().what, What::installed);
  clock.wall = start + 479h;  // of 720 h
  EXPECT_EQ(step().what, What::idle);
  clock.wall = start + 541h;
  collector = [this](const wire::EnrolRequest& request) {
    return authority.issue(request.certificate_request, host, 541h, 1261h);
  };
  EXPECT_EQ(step().what, What::installed);
  EXPECT_FALSE(asked[1].pin);
  EXPECT_FALSE(request(1).token);
  EXPECT_EQ(asked[1].collector, (Endpoint{"first", 1}));
  EXPECT_NE(request(1).certificate_request, request(0).certificate_request);
  EXPECT_EQ(step().what, What::idle);
}

TEST_F(EnrollerTest, asks_for_a_new_token_where_its_certificate_is_not_accepted) {
  put_token();
  ASSERT_EQ(step().what, What::installed);
  clock.wall = start + 3000h;  // long after its end
  collector = [](const wire::EnrolRequest&) {
    return saying(EnrolResult::refused, "certificate not accepted");
  };
  const EnrolmentStep done = step();
  EXPECT_EQ(done.what, What::refused);
  EXPECT_NE(done.message.find("needs a new token"), std::string::npos);
}

TEST_F(EnrollerTest, does_not_believe_an_answer_that_makes_no_sense) {
  put_token();
  collector = [this](const wire::EnrolRequest&) {
    return authority.issue(identity::make_certificate_request(identity::Key::generate()), host);
  };
  EXPECT_EQ(step().what, What::failed);
  EXPECT_EQ(installed, 0);
  EXPECT_TRUE(fs::exists(token_file));
}

TEST_F(EnrollerTest, leaves_it_to_another_process_that_asks_already) {
  put_token();
  {
    const auto held = IdentityStore{state.path()}.lock().value();
    ASSERT_TRUE(held);
    EXPECT_EQ(step().what, What::busy);
  }
  EXPECT_TRUE(asked.empty());
  EXPECT_EQ(step().what, What::installed);
}

TEST_F(EnrollerTest, tells_of_a_certificate_that_another_process_fetched) {
  Enroller agent = make();
  EXPECT_EQ(step(agent).what, What::lacking);
  put_token();
  EXPECT_EQ(step().what, What::installed);  // the command
  EXPECT_EQ(installed, 1);
  EXPECT_EQ(step(agent).what, What::idle);
  EXPECT_EQ(installed, 2);
  EXPECT_EQ(step(agent).what, What::idle);
  EXPECT_EQ(installed, 2);
}

TEST_F(EnrollerTest, runs_until_it_is_stopped) {
  put_token();
  Enroller enroller = make();
  bool ended = false;
  net::co_spawn(loop, enroller.run(), [&](std::exception_ptr failure) {
    EXPECT_FALSE(failure);
    ended = true;
  });
  EXPECT_TRUE(test::run_until(loop, [&] { return installed > 0; }));
  enroller.stop();
  EXPECT_TRUE(test::run_until(loop, [&] { return ended; }));
}

TEST(RenewalTime, is_at_two_thirds_and_spread_over_a_twelfth) {
  const OwnCertificate own{start, start + 720h, ""};
  EXPECT_EQ(renewal_time(own, 0), start + 480h);
  EXPECT_EQ(renewal_time(own, 1), start + 540h);
}

}  // namespace
}  // namespace sobriety::agent
