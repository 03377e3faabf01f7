#include "collector/remote/remote_write.hpp"

#include "tests/support/fake_store.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/loop.hpp"

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>

namespace sobriety::collector::remote {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Counted final : RemoteWriteCounters {
  void request(Outcome outcome) override {
    (outcome == Outcome::accepted ? accepted : outcome == Outcome::again ? again : refused)++;
  }
  void outbox(const OutboxState& state, WallTime) override { rows = state.rows; }
  std::atomic<int> accepted{0};
  std::atomic<int> again{0};
  std::atomic<int> refused{0};
  std::atomic<std::uint64_t> rows{99};
};

// Takes one request a connection at a time and answers as it is told; then it hangs up, or keeps
// the connection.
class RemoteWriteTest : public testing::Test {
 protected:
  RemoteWriteTest() {
    net::co_spawn(loop, serve(), net::detached);
    options.url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/write";
    options.timeout = 500ms;
  }
  ~RemoteWriteTest() override {
    if (writer) writer->stop();
    store_thread.join();
  }

  void fill(int batches) {
    for (int i = 0; i < batches; ++i) {
      HostRecord record = test::record_of(1, ++seq_);
      if (seq_ > 1) record.before = {record.state.place.stream, seq_ - 1};
      record.outbox = {{"block-" + std::to_string(seq_), 7}};
      ASSERT_TRUE(store.commit(std::span{&record, 1}));
    }
  }
  void start() {
    auto opened = RemoteWrite::open(options, store, store_thread, clock, counters);
    ASSERT_TRUE(opened) << opened.error().message;
    writer = std::move(opened.value());
    writer->start();
  }
  template <class Done>
  [[nodiscard]] bool run_until(Done done) {
    return test::run_until(loop, done);
  }
  Task<> serve() {
    while (true) {
      auto [error, socket] = co_await acceptor.async_accept(as_result);
      if (error) co_return;
      bool keep = true;
      while (keep) keep = co_await answer(socket);
    }
  }
  Task<bool> answer(tcp::socket& socket) {
    std::string received(4096, '\0');
    auto [error, size] = co_await socket.async_read_some(net::buffer(received), as_result);
    if (error) co_return false;
    received.resize(size);
    requests.push_back(received);
    if (silent) {
      net::steady_timer timer{loop, 1h};
      co_await timer.async_wait(as_result);
    }
    std::string text = "HTTP/1.1 204 No Content\r\n\r\n";
    if (!answers.empty()) {
      text = answers.front();
      answers.pop_front();
    }
    auto [broken, sent] = co_await socket.async_write_some(net::buffer(text), as_result);
    co_return !broken && !hang_up;
  }

  net::io_context loop{1};
  tcp::acceptor acceptor{loop, {net::ip::address_v4::loopback(), 0}};
  net::thread_pool store_thread{1};
  test::FakeStore store;
  SystemClock clock;
  Counted counters;
  RemoteWriteOptions options;
  std::unique_ptr<RemoteWrite> writer;
  std::vector<std::string> requests;
  std::deque<std::string> answers;
  bool hang_up = false;
  bool silent = false;

 private:
  std::uint64_t seq_ = 0;
};

TEST_F(RemoteWriteTest, what_waits_is_sent_and_leaves_the_outbox) {
  fill(3);
  start();
  ASSERT_TRUE(run_until([&] { return counters.rows == 0; }));
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_THAT(requests[0], HasSubstr("POST /write HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(requests[0], HasSubstr("block-1"));
  EXPECT_EQ(store.outbox_state().value().sent, 21U);
}

TEST_F(RemoteWriteTest, a_receiver_that_hangs_up_after_each_answer_is_no_failure) {
  hang_up = true;
  options.samples_per_request = 7;
  fill(4);
  start();
  ASSERT_TRUE(run_until([&] { return counters.rows == 0; }));
  EXPECT_EQ(counters.accepted, 4);
  EXPECT_EQ(counters.again, 0);
}

TEST_F(RemoteWriteTest, what_is_put_off_is_sent_again_as_it_was) {
  answers = {"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"};
  fill(1);
  start();
  ASSERT_TRUE(run_until([&] { return counters.rows == 0; }));
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0], requests[1]);
  EXPECT_EQ(counters.again, 1);
}

TEST_F(RemoteWriteTest, what_is_refused_is_given_up) {
  answers = {"HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n"};
  fill(1);
  start();
  ASSERT_TRUE(run_until([&] { return counters.rows == 0; }));
  EXPECT_EQ(store.outbox_state().value().refused, 7U);
}

TEST_F(RemoteWriteTest, garbage_and_silence_are_no_answer) {
  answers = {"220 smtp.example\r\n"};
  fill(1);
  start();
  ASSERT_TRUE(run_until([&] { return counters.again == 1; }));
  EXPECT_EQ(store.outbox_state().value().rows, 1U);
  silent = true;
  ASSERT_TRUE(run_until([&] { return counters.again == 2; }));  // after the timeout
}

TEST_F(RemoteWriteTest, ends_in_the_middle_of_a_request_and_what_was_sent_stays) {
  options.timeout = 10min;
  silent = true;
  fill(1);
  start();
  ASSERT_TRUE(run_until([&] { return requests.size() == 1; }));
  writer->stop();
  EXPECT_EQ(store.outbox_state().value().rows, 1U);
}

TEST_F(RemoteWriteTest, a_receiver_that_is_not_there_is_waited_for) {
  acceptor.close();
  fill(1);
  start();
  ASSERT_TRUE(run_until([&] { return counters.again >= 1; }));
  EXPECT_THAT(requests, IsEmpty());
  EXPECT_EQ(store.outbox_state().value().rows, 1U);
}

TEST_F(RemoteWriteTest, files_that_are_missing_are_named_at_once) {
  options.bearer_token_file = "/nowhere/token";
  const auto opened = RemoteWrite::open(options, store, store_thread, clock, counters);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("/nowhere/token"));
  options.bearer_token_file.clear();
  options.url = "https://127.0.0.1/";
  options.ca = "/nowhere/ca.pem";
  const auto secure = RemoteWrite::open(options, store, store_thread, clock, counters);
  ASSERT_FALSE(secure);
  EXPECT_THAT(secure.error().message, HasSubstr("/nowhere/ca.pem"));
}

}  // namespace
}  // namespace sobriety::collector::remote
