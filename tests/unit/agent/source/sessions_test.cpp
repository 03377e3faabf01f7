#include "agent/source/sessions.hpp"

#include "tests/support/fixture.hpp"
#include "tests/support/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::Each;
using testing::ElementsAre;

class StandingClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return {10s, {}, {}}; }
};

// A logind whose answer the test gives.
struct FakeLogin {
  std::mutex guard;
  Result<LoginState> answer = LoginState{1, 2, false, 3};

  void set(Result<LoginState> next) {
    const std::lock_guard lock{guard};
    answer = std::move(next);
  }
};

std::function<AskLogin()> logins(const std::shared_ptr<FakeLogin>& login) {
  return [login]() -> AskLogin {
    return [login] {
      const std::lock_guard lock{login->guard};
      return login->answer;
    };
  };
}

template <class Condition>
bool comes_true(Condition condition) {
  for (int tries = 0; tries < 500; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST(Sessions, are_counted_by_kind_and_never_named) {
  const auto login = std::make_shared<FakeLogin>();
  Discovery found = discover_sessions(logins(login), 1h, std::make_shared<StandingClock>());
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_EQ(found.source->series()[0], (Series{SignalId::sessions, "local", {}, {}}));
  EXPECT_EQ(found.source->series()[1], (Series{SignalId::sessions, "remote", {}, {}}));
  EXPECT_EQ(found.source->series()[2], (Series{SignalId::sessions_idle, "", {}, {}}));
  EXPECT_EQ(found.source->series()[3], (Series{SignalId::sleep_inhibitors, "", {}, {}}));
  ASSERT_TRUE(comes_true([&] { return read_at(*found.source, 10s).cells[0] == 1; }));
  EXPECT_THAT(read_at(*found.source, 10s).cells, ElementsAre(1, 2, 0, 3));
  EXPECT_THAT(read_at(*found.source, 4h).cells, Each(no_value)) << "too old an answer is none";
}

TEST(Sessions, a_logind_that_fails_later_is_counted_and_its_last_answer_grows_old) {
  const auto login = std::make_shared<FakeLogin>();
  Discovery found = discover_sessions(logins(login), 1ms, std::make_shared<StandingClock>());
  ASSERT_TRUE(comes_true([&] { return read_at(*found.source, 10s).cells[0] == 1; }));
  login->set(Error{Errc::broken, "the bus went away"});
  EXPECT_TRUE(comes_true([&] { return read_at(*found.source, 10s).outcome.failures > 0; }));
  login->set(LoginState{0, 0, true, 0});
  EXPECT_TRUE(comes_true([&] { return read_at(*found.source, 10s).cells[2] == 1; }));
}

TEST(Sessions, no_system_bus_is_absent) {
  const auto login = std::make_shared<FakeLogin>();
  login->set(Error{Errc::absent, "no system bus"});
  const Discovery found = discover_sessions(logins(login), 1h, std::make_shared<StandingClock>());
  EXPECT_EQ(found.status, SourceStatus::absent);
  EXPECT_EQ(discover_sessions(fixture("procfs/composite-host"), {}).status, SourceStatus::absent);
}

// Whatever machine this runs on: an answer, or an error that says what is not there.
TEST(Sessions, the_real_bus_answers_or_says_why_not) {
  const auto state = make_login_bus()();
  EXPECT_TRUE(state || !state.error().message.empty());
}

}  // namespace
}  // namespace sobriety::agent
