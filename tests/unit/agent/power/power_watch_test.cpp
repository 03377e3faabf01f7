#include "agent/power/power_watch.hpp"

#include "tests/support/loop.hpp"
#include "tests/support/private_bus.hpp"

#include <fcntl.h>
#include <systemd/sd-bus.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr const char* object = "/org/freedesktop/login1";
constexpr const char* manager = "org.freedesktop.login1.Manager";

// A logind on the bus: it grants inhibitors or not, sees whether they are held, and announces.
class FakeLogind {
 public:
  FakeLogind() {
    EXPECT_GE(::sd_bus_open_system(&bus_), 0);
    static const sd_bus_vtable methods[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Inhibit", "ssss", "h", &FakeLogind::inhibit, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL("PrepareForShutdown", "b", 0), SD_BUS_SIGNAL("PrepareForSleep", "b", 0),
        SD_BUS_VTABLE_END};
    EXPECT_GE(::sd_bus_add_object_vtable(bus_, nullptr, object, manager, methods, this), 0);
    EXPECT_GE(::sd_bus_request_name(bus_, "org.freedesktop.login1", 0), 0);
  }
  FakeLogind(const FakeLogind&) = delete;
  FakeLogind& operator=(const FakeLogind&) = delete;
  ~FakeLogind() {
    for (const auto& [what, pipe] : pipes_) ::close(pipe);
    ::sd_bus_flush_close_unref(bus_);
  }

  void turn() {
    while (::sd_bus_process(bus_, nullptr) > 0) {
    }
  }

  void announce(const char* signal, bool begins) {
    EXPECT_GE(::sd_bus_emit_signal(bus_, object, manager, signal, "b", begins ? 1 : 0), 0);
    ::sd_bus_flush(bus_);
  }

  // Whether somebody holds an inhibitor of it: its other end is open.
  [[nodiscard]] bool held(const std::string& what) const {
    const auto pipe = pipes_.find(what);
    char byte = 0;
    return pipe != pipes_.end() && ::read(pipe->second, &byte, 1) != 0;
  }

  bool grants = true;
  std::vector<std::string> asked;

 private:
  static int inhibit(sd_bus_message* call, void* self, sd_bus_error* error) {
    auto& logind = *static_cast<FakeLogind*>(self);
    const char* what = nullptr;
    const char* mode = nullptr;
    const int code = ::sd_bus_message_read(call, "ssss", &what, nullptr, nullptr, &mode);
    if (code < 0) return code;
    logind.asked.push_back(std::string{what} + " " + mode);
    if (!logind.grants)
      return ::sd_bus_error_set(error, "org.freedesktop.DBus.Error.AccessDenied",
                                "Permission denied");
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return -errno;
    logind.pipes_[what] = ends[0];
    const int sent = ::sd_bus_reply_method_return(call, "h", ends[1]);
    ::close(ends[1]);
    return sent;
  }

  sd_bus* bus_ = nullptr;
  std::map<std::string, int> pipes_;
};

class PowerWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!bus.running()) GTEST_SKIP() << "no dbus-daemon";
    logind.emplace();
  }

  template <class Condition>
  bool comes_true(Condition condition) {
    return test::run_until(loop, [&] {
      logind->turn();
      return condition();
    });
  }
  bool both_held() { return logind->held("shutdown") && logind->held("sleep"); }

  test::PrivateBus bus;
  std::optional<FakeLogind> logind;
  net::io_context loop{1};
  std::vector<PowerNews> news;
  PowerWatch watch{loop, [this](PowerNews what) { news.push_back(what); }};
};

TEST_F(PowerWatchTest, holds_logind_back_until_the_news_is_dealt_with) {
  watch.start();
  ASSERT_TRUE(comes_true([this] { return both_held(); }));
  EXPECT_THAT(logind->asked, ElementsAre("shutdown delay", "sleep delay"));
  logind->announce("PrepareForSleep", true);
  ASSERT_TRUE(comes_true([this] { return !news.empty(); }));
  EXPECT_THAT(news, ElementsAre(PowerNews::falling_asleep));
  EXPECT_TRUE(logind->held("sleep"));
  watch.go_ahead();
  EXPECT_FALSE(logind->held("sleep"));
}

TEST_F(PowerWatchTest, is_ready_for_the_next_sleep_after_the_machine_woke_up) {
  watch.start();
  ASSERT_TRUE(comes_true([this] { return both_held(); }));
  logind->announce("PrepareForSleep", true);
  ASSERT_TRUE(comes_true([this] { return !news.empty(); }));
  watch.go_ahead();
  logind->announce("PrepareForSleep", false);
  ASSERT_TRUE(comes_true([this] { return logind->held("sleep"); }));
  EXPECT_THAT(news, ElementsAre(PowerNews::falling_asleep, PowerNews::going_on));
  EXPECT_FALSE(watch.shutting_down());
}

TEST_F(PowerWatchTest, knows_of_a_shutdown_that_was_announced_and_not_read_yet) {
  watch.start();
  ASSERT_TRUE(comes_true([this] { return both_held(); }));
  logind->announce("PrepareForShutdown", true);
  // The bus has it before an answer to whatever is asked later.
  EXPECT_TRUE(watch.shutting_down());
  EXPECT_THAT(news, ElementsAre(PowerNews::shutting_down));
}

TEST_F(PowerWatchTest, hears_of_a_shutdown_that_is_called_off) {
  watch.start();
  ASSERT_TRUE(comes_true([this] { return both_held(); }));
  logind->announce("PrepareForShutdown", true);
  ASSERT_TRUE(comes_true([this] { return news.size() == 1; }));
  EXPECT_TRUE(watch.shutting_down());
  logind->announce("PrepareForShutdown", false);
  ASSERT_TRUE(comes_true([this] { return news.size() == 2; }));
  EXPECT_FALSE(watch.shutting_down());
}

TEST_F(PowerWatchTest, that_may_not_hold_logind_back_is_told_all_the_same) {
  logind->grants = false;
  watch.start();
  ASSERT_TRUE(comes_true([this] { return logind->asked.size() == 2; }));
  logind->announce("PrepareForShutdown", true);
  ASSERT_TRUE(comes_true([this] { return !news.empty(); }));
  EXPECT_THAT(news, ElementsAre(PowerNews::shutting_down));
}

TEST_F(PowerWatchTest, that_stops_lets_go) {
  watch.start();
  ASSERT_TRUE(comes_true([this] { return both_held(); }));
  watch.stop();
  // What was granted and not read yet goes with the connection.
  EXPECT_TRUE(comes_true([this] { return !logind->held("shutdown") && !logind->held("sleep"); }));
}

TEST_F(PowerWatchTest, whose_bus_ends_goes_on_without) {
  watch.start();
  ASSERT_TRUE(comes_true([this] { return both_held(); }));
  bus.end();
  test::run_for(loop, 50ms);
  EXPECT_FALSE(watch.shutting_down());
  EXPECT_THAT(news, ElementsAre());
}

TEST(PowerWatch, without_a_bus_is_no_trouble) {
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/at/all", 1);
  net::io_context loop{1};
  PowerWatch watch{loop, [](PowerNews) { FAIL(); }};
  watch.start();
  test::run_for(loop, 20ms);
  EXPECT_FALSE(watch.shutting_down());
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

}  // namespace
}  // namespace sobriety::agent
