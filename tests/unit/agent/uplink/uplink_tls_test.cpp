#include "agent/uplink/uplink.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/machine.hpp"
#include "tests/support/temp_directory.hpp"
#include "tests/support/tls_peer.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using test::TlsPeer;

// The collector is played by the test.
class UplinkTls : public testing::Test {
 protected:
  void start(std::string server_name = "127.0.0.1") {
    const auto issued = authority.issue("agent", {test::host_uri(test::id<HostId>(1).hex())});
    own = {issued.certificate, issued.key};
    const auto context = [this] {
      ++asked;
      return tls::client_context(tls::CaFile{authority.bundle()}, own);
    };
    uplink.emplace(loop, Endpoint{"127.0.0.1", listening.where().port()},
                   Uplink::Identity{test::id<HostId>(1), "web-1", 30s}, spool, clock, DrainPace{},
                   Uplink::Security{context, std::move(server_name)});
    net::co_spawn(loop, uplink->run(), [this](std::exception_ptr failure) {
      ended = true;
      EXPECT_FALSE(failure);
    });
  }
  TlsPeer accept(test::Authority& issuer) {
    const auto issued = issuer.issue("server", {test::loopback_names, "serverAuth"});
    auto context =
        tls::server_context({issued.certificate, issued.key}, authority.bundle()).value();
    ::SSL_CTX_set_alpn_select_cb(context->native_handle(), choose, nullptr);
    return TlsPeer{loop, listening.accept(), context};
  }
  static int choose(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned, void*) {
    *chosen = offered + 1;  // the first
    *size = *offered;
    return SSL_TLSEXT_ERR_OK;
  }
  void TearDown() override {
    test::run_task(loop, uplink->stop(wire::GoodbyeReason::stop, 100ms));
    EXPECT_TRUE(test::run_until(loop, [this] { return ended; }));
  }

  net::io_context loop{1};
  test::Listening listening{loop};
  test::TempDirectory directory;
  test::Authority authority{directory.path(), "authority"};
  test::Authority foreign{directory.path(), "foreign"};
  tls::KeyFiles own;
  SystemClock clock;
  Spool spool{Bytes{1'000'000}};
  std::optional<Uplink> uplink;
  int asked = 0;
  bool ended = false;
};

TEST_F(UplinkTls, says_hello_under_tls_and_shows_its_certificate) {
  start();
  TlsPeer collector = accept(authority);
  ASSERT_TRUE(collector.shake_hands()) << collector.failure();
  EXPECT_EQ(collector.protocol(), wire::alpn_telemetry);
  EXPECT_EQ(collector.next_frame().first, wire::FrameType::hello);
  collector.send(test::frame_of(wire::Welcome{0, test::boot_wall}));
  EXPECT_TRUE(test::run_until(loop, [this] { return uplink->connected(); }));
  EXPECT_EQ(asked, 1);
}

TEST_F(UplinkTls, tells_nothing_to_a_collector_that_it_does_not_believe_and_tries_again) {
  start();
  TlsPeer stranger = accept(foreign);
  EXPECT_FALSE(stranger.shake_hands());
  EXPECT_NE(stranger.failure().find("alert unknown ca"), std::string::npos) << stranger.failure();
  TlsPeer collector = accept(authority);
  EXPECT_TRUE(collector.shake_hands()) << collector.failure();
  EXPECT_EQ(collector.next_frame().first, wire::FrameType::hello);
  EXPECT_EQ(asked, 2);  // files may be others at each connection
}

TEST_F(UplinkTls, believes_a_collector_of_the_name_that_it_wants_only) {
  start("collector.example");
  TlsPeer collector = accept(authority);
  EXPECT_FALSE(collector.shake_hands());
}

TEST_F(UplinkTls, a_peer_that_speaks_no_tls_is_given_up) {
  start();
  test::Peer plain{loop, listening.accept()};
  plain.send(test::frame_of(wire::Welcome{0, test::boot_wall}));
  EXPECT_TRUE(plain.wait_for_end());
  EXPECT_FALSE(uplink->connected());
}

TEST_F(UplinkTls, stops_in_the_middle_of_a_handshake) {
  start();
  test::Peer silent{loop, listening.accept()};
  test::run_for(loop, 50ms);
  const auto begun = std::chrono::steady_clock::now();
  test::run_task(loop, uplink->stop(wire::GoodbyeReason::stop, 100ms));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

}  // namespace
}  // namespace sobriety::agent
