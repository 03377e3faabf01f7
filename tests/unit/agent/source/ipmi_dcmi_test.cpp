#include "agent/source/ipmi_dcmi.hpp"

#include "agent/source/aside_reader.hpp"
#include "tests/support/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

using Bytes = std::vector<std::uint8_t>;

// 180 W now, 20 W and 300 W at most and least, 175 W on average; measuring.
const Bytes answer{0x00, 0xdc, 180, 0, 20, 0, 44, 1, 175, 0, 0, 0, 0, 0, 0xe8, 3, 0, 0, 0x40};

struct AnswerCase {
  const char* name;
  Bytes bytes;
  Errc error;
};

class BadAnswer : public testing::TestWithParam<AnswerCase> {};

TEST_P(BadAnswer, tells_no_power) {
  const auto watts = parse_power_reading(GetParam().bytes);
  ASSERT_FALSE(watts);
  EXPECT_EQ(watts.error().code, GetParam().error);
}

Bytes changed(std::size_t index, std::uint8_t value) {
  Bytes bytes = answer;
  bytes[index] = value;
  return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    , BadAnswer,
    testing::Values(AnswerCase{"empty", {}, Errc::malformed},
                    AnswerCase{"invalid_command", {0xc1}, Errc::unsupported},
                    AnswerCase{"short_answer", {0x00, 0xdc, 180, 0}, Errc::malformed},
                    AnswerCase{"of_another_group", changed(1, 0x00), Errc::malformed},
                    AnswerCase{"measurement_off", changed(18, 0x00), Errc::unsupported},
                    AnswerCase{"no_meter", changed(2, 0), Errc::broken}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(IpmiDcmi, tells_the_power_of_now) {
  EXPECT_EQ(parse_power_reading(answer).value(), Watts{180});
  Bytes high = answer;
  high[2] = 0x34;
  high[3] = 0x12;
  EXPECT_EQ(parse_power_reading(high).value(), Watts{4660});
}

class StandingClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return {at.load(), {}, {}}; }
  std::atomic<Elapsed> at{10s};
};

// A BMC that answers at once, or blocks until the test lets it go.
struct FakeBmc {
  std::atomic<double> watts{180};
  std::atomic<int> questions{0};
  std::atomic<bool> slow{false};
  std::promise<void> release;
  std::shared_future<void> released{release.get_future().share()};

  Result<Watts> ask(std::chrono::milliseconds patience) {
    ++questions;
    if (slow) {
      if (patience == 1s) return fail(Errc::unavailable, "the BMC does not answer");
      released.wait();
    }
    return Watts{watts};
  }
};

AskPower asking(const std::shared_ptr<FakeBmc>& bmc) {
  return [bmc](std::chrono::milliseconds patience) { return bmc->ask(patience); };
}

template <class Condition>
bool comes_true(Condition condition) {
  for (int tries = 0; tries < 500; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST(IpmiDcmi, the_newest_power_is_integrated_over_the_agents_own_samples) {
  const auto bmc = std::make_shared<FakeBmc>();
  const auto clock = std::make_shared<StandingClock>();
  Discovery found = discover_ipmi_dcmi(asking(bmc), 1h, clock);
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_EQ(found.source->series()[0],
            (Series{SignalId::component_energy, "ipmi_dcmi", EnergyScope::machine, ""}));
  ASSERT_TRUE(comes_true([&] { return read_at(*found.source, 10s).cells[0] == 0; }));
  EXPECT_THAT(read_at(*found.source, 15s).cells, ElementsAre(900'000'000));
  EXPECT_THAT(read_at(*found.source, 20s).cells, ElementsAre(1'800'000'000));
  EXPECT_THAT(read_at(*found.source, 60s).cells, ElementsAre(no_value))
      << "an answer of 50 s ago says nothing of now";
}

TEST(IpmiDcmi, rule_20_a_bmc_that_takes_long_never_delays_the_sampling) {
  const auto bmc = std::make_shared<FakeBmc>();
  bmc->slow = true;
  const auto clock = std::make_shared<StandingClock>();
  Discovery found = discover_ipmi_dcmi(asking(bmc), 1h, clock);
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_TRUE(found.source->series().empty()) << "nothing is promised before the first answer";
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("does not answer within a second")));
  for (int sample = 0; sample < 100; ++sample)  // returns, though the BMC has not
    EXPECT_FALSE(read_at(*found.source, 10s + sample * 1s).outcome.rescan);
  clock->at = 110s;  // before the answer, whose time it is
  bmc->release.set_value();
  ASSERT_TRUE(comes_true([&] { return read_at(*found.source, 111s).outcome.rescan; }));

  Discovery again = discover_ipmi_dcmi(asking(bmc), 1h, clock);
  again.source->take_over(*found.source);
  EXPECT_THAT(read_at(*again.source, 112s).cells, ElementsAre(0));
  EXPECT_THAT(read_at(*again.source, 113s).cells, ElementsAre(180'000'000));
}

TEST(IpmiDcmi, a_bmc_without_the_command_is_an_ordinary_one) {
  const Discovery found = discover_ipmi_dcmi(
      [](std::chrono::milliseconds) { return parse_power_reading(Bytes{0xc1}); }, 1h, nullptr);
  EXPECT_EQ(found.status, SourceStatus::absent);
}

TEST(AsideReader, rule_20_goes_away_at_once_while_a_reading_is_under_way) {
  const auto bmc = std::make_shared<FakeBmc>();
  bmc->slow = true;
  {
    const AsideReader<Watts> reader{[bmc] { return bmc->ask(5s); }, 1h, [](const Error&) {},
                                    std::make_shared<StandingClock>()};
    ASSERT_TRUE(comes_true([&] { return bmc->questions == 1; }));
  }
  bmc->release.set_value();
  EXPECT_TRUE(comes_true([&] { return bmc.use_count() == 1; })) << "the thread has ended";
}

TEST(AsideReader, counts_failures_and_complains_once_a_row_of_them) {
  const auto questions = std::make_shared<std::atomic<int>>(0);
  const auto complaints = std::make_shared<std::atomic<int>>(0);
  const AsideReader<int> reader{[questions]() -> Result<int> {
                                  const int turn = ++*questions;
                                  if (turn == 3) return turn;
                                  return fail(Errc::broken, "no");
                                },
                                1ms, [complaints](const Error&) { ++*complaints; },
                                std::make_shared<StandingClock>()};
  ASSERT_TRUE(comes_true([&] { return reader.newest().failures >= 4; }));
  EXPECT_EQ(reader.newest().value, 3);
  EXPECT_EQ(reader.newest().at, 10s);
  EXPECT_EQ(*complaints, 2);
}

}  // namespace
}  // namespace sobriety::agent
