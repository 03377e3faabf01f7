#include "proto/runtime/sender.hpp"

#include "tests/support/loop.hpp"

#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <string>

namespace sobriety {
namespace {

using namespace std::chrono_literals;

// Two ends of a connection whose kernel buffers are small.
class SenderTest : public testing::Test {
 protected:
  SenderTest() {
    tcp::acceptor acceptor{loop, {net::ip::address_v4::loopback(), 0}};
    reader.open(tcp::v4());
    reader.set_option(net::socket_base::receive_buffer_size{4096});
    reader.connect(acceptor.local_endpoint());
    reader.non_blocking(true);
    channel.socket() = acceptor.accept();
    channel.socket().set_option(net::socket_base::send_buffer_size{4096});
  }
  // What the reading end gets, at most `most`.
  std::string read(std::size_t most) {
    std::string bytes(most, '\0');
    error_code error;
    bytes.resize(reader.read_some(net::buffer(bytes), error));
    return bytes;
  }
  // Numbered text, so that an order can be checked.
  std::string piece(std::size_t size) {
    std::string text;
    while (text.size() < size) text += std::to_string(number_++) + ' ';
    sent += text;
    return text;
  }
  void close(Sender& sender) {
    channel.close();
    test::run_task(loop, sender.settle());
  }

  net::io_context loop{1};
  tcp::socket reader{loop};
  Channel channel{loop};
  std::string sent;

 private:
  int number_ = 0;
};

TEST_F(SenderTest, sends_at_once_what_the_socket_takes) {
  Sender sender{channel, 1000};
  EXPECT_TRUE(sender.send("hello"));
  EXPECT_TRUE(sender.send(""));
  EXPECT_EQ(sender.unsent(), 0U);
  EXPECT_EQ(read(100), "hello");
  close(sender);
}

TEST_F(SenderTest, keeps_the_rest_for_a_peer_that_reads_slowly_and_its_order) {
  Sender sender{channel, 100'000'000};
  while (sender.unsent() < 100'000) ASSERT_TRUE(sender.send(piece(5000)));
  std::string got;
  // While the rest is being written, and at each step of that, more comes.
  int more = 400;
  ASSERT_TRUE(test::run_until(loop, [&] {
    got += read(3000);
    if (more > 0 && sender.unsent() < 20'000) {
      --more;
      EXPECT_TRUE(sender.send(piece(more % 7 == 0 ? 9000 : 50)));
    }
    loop.poll_one();
    return more == 0 && got.size() >= sent.size();
  }));
  EXPECT_TRUE(got == sent) << "of " << sent.size() << " bytes the order is another";
  EXPECT_EQ(sender.unsent(), 0U);
  close(sender);
}

TEST_F(SenderTest, goes_on_by_itself_once_the_peer_reads) {
  Sender sender{channel, 100'000'000};
  ASSERT_TRUE(sender.send(piece(1'000'000)));
  EXPECT_GT(sender.unsent(), 0U);
  std::string got;
  EXPECT_TRUE(test::run_until(loop, [&] {
    got += read(100'000);
    return got.size() == sent.size();
  }));
  EXPECT_TRUE(got == sent);
  close(sender);
}

TEST_F(SenderTest, gives_a_peer_up_that_leaves_more_unread_than_the_bound) {
  Sender sender{channel, 50'000};
  bool taken = true;
  std::size_t pieces = 0;
  for (; taken && pieces < 10'000; ++pieces) {
    taken = sender.send(piece(1000));
    EXPECT_LE(sender.unsent(), 52'000U);
    test::run_ready(loop);
  }
  EXPECT_FALSE(taken);
  EXPECT_FALSE(sender.send("x"));
  close(sender);
}

TEST_F(SenderTest, a_peer_that_is_gone_is_noticed) {
  Sender sender{channel, 50'000};
  reader.close();
  EXPECT_TRUE(test::run_until(loop, [&] { return !sender.send("x"); }));
  close(sender);
}

TEST_F(SenderTest, settle_waits_for_the_writing_to_end) {
  Sender sender{channel, 100'000'000};
  ASSERT_TRUE(sender.send(piece(1'000'000)));
  bool settled = false;
  net::co_spawn(loop, sender.settle(), [&](std::exception_ptr) { settled = true; });
  test::run_for(loop, 50ms);
  EXPECT_FALSE(settled);
  channel.cancel();
  EXPECT_TRUE(test::run_until(loop, [&] { return settled; }));
  EXPECT_FALSE(sender.send("x"));
}

Task<> read_into(Channel& channel, std::string& buffer, std::size_t most, bool& more) {
  more = co_await channel.read_some(buffer, most);
}

TEST_F(SenderTest, read_some_reads_behind_what_is_there_until_the_end) {
  std::string buffer = "before ";
  bool more = false;
  net::write(reader, net::buffer("abcdef", 6));
  test::run_task(loop, read_into(channel, buffer, 4, more));
  EXPECT_TRUE(more);
  EXPECT_EQ(buffer, "before abcd");
  test::run_task(loop, read_into(channel, buffer, 4, more));
  EXPECT_TRUE(more);
  EXPECT_EQ(buffer, "before abcdef");
  reader.close();
  test::run_task(loop, read_into(channel, buffer, 4, more));
  EXPECT_FALSE(more);
  EXPECT_EQ(buffer, "before abcdef");
}

}  // namespace
}  // namespace sobriety
