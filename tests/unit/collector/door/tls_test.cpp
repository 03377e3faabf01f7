#include "collector/door/door.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temp_directory.hpp"
#include "tests/support/tls_peer.hpp"
#include "tests/unit/collector/door/door_fixture.hpp"

#include <deque>

namespace sobriety::collector {
namespace {

using test::TlsPeer;
using test::Wish;

struct Gate final : PeerGate {
  Admission admit(const tls::PeerCertificate& peer, WallTime) override {
    ++asked;
    return peer.host == barred ? Admission::revoked : Admission::allowed;
  }
  HostId barred = test::id<HostId>(99);
  int asked = 0;
};

// Answers with the request and who asks.
struct Echo final : EnrolmentService {
  Task<std::string> answer(std::string request, std::optional<tls::PeerCertificate> peer,
                           net::ip::address from) override {
    co_return request + " from " + from.to_string() + (peer ? " of " + peer->host.hex() : "");
  }
};

class TlsDoor : public DoorTest {
 protected:
  void open(const DoorLimits& limits = {}, bool enrolment = true) {
    const auto server = authority.issue("server", {test::loopback_names, "serverAuth"});
    const auto load = [this, server, enrolment] {
      return door_context({server.certificate, server.key}, authority.bundle(), enrolment);
    };
    const auto contexts = tls::Renewable::make({server.certificate, server.key}, load).value();
    DoorTest::open(limits, DoorTls{contexts, gate, enrolment ? &echo : nullptr});
  }
  static Wish wish_of(std::uint8_t host) { return {test::host_uri(test::id<HostId>(host).hex())}; }
  [[nodiscard]] tls::Context context_of(test::Authority& issuer, const Wish& wish) {
    const auto issued = issuer.issue("agent", wish);
    return tls::client_context(tls::CaFile{authority.bundle()},
                               tls::KeyFiles{issued.certificate, issued.key})
        .value();
  }
  TlsPeer connect_as(std::uint8_t host, std::string_view protocol = wire::alpn_telemetry) {
    return TlsPeer{loop, where, context_of(authority, wish_of(host)), protocol};
  }
  TlsPeer agent(std::uint8_t host, const wire::Hello& greeting) {
    TlsPeer peer = connect_as(host);
    EXPECT_TRUE(peer.shake_hands()) << peer.failure();
    peer.send(frame_of(greeting));
    return peer;
  }
  template <class SomePeer>
  static RefusalReason refused_because(SomePeer& peer) {
    const auto [type, payload] = peer.next_frame();
    EXPECT_EQ(type, FrameType::refusal);
    if (type != FrameType::refusal) return {};
    return wire::decode_refusal(payload).value().reason;
  }

  test::TempDirectory directory;
  test::Authority authority{directory.path(), "authority"};
  test::Authority foreign{directory.path(), "foreign"};
  Gate gate;
  Echo echo;
};

TEST_F(TlsDoor, a_host_with_its_certificate_is_served) {
  open();
  TlsPeer peer = agent(1, test::hello_of(1));
  EXPECT_EQ(peer.next_frame().first, FrameType::welcome);
  peer.send(told() + batch(1));
  const auto [type, payload] = peer.next_frame();
  ASSERT_EQ(type, FrameType::ack);
  EXPECT_EQ(wire::decode_ack(payload).value().seq, 1U);
  EXPECT_EQ(counted.handshakes_that(Handshake::completed), 1);
  EXPECT_EQ(gate.asked, 2);  // behind the handshake and when the session begins
}

TEST_F(TlsDoor, a_conversation_that_comes_in_small_pieces_is_understood) {
  open();
  TlsPeer peer = agent(1, test::hello_of(1));
  for (const char byte : told() + batch(1)) {
    peer.send({&byte, 1});
    test::run_ready(loop);
  }
  EXPECT_EQ(peer.next_frame().first, FrameType::welcome);
  EXPECT_EQ(peer.next_frame().first, FrameType::ack);
}

struct Stranger {
  const char* name;
  Wish wish;
  Handshake result;
  std::string alert;
  bool of_foreign_authority = false;
};
class Strangers : public TlsDoor, public testing::WithParamInterface<Stranger> {};

TEST_P(Strangers, are_turned_away_in_the_handshake_and_counted_by_reason) {
  open();
  const Stranger& stranger = GetParam();
  auto context = context_of(stranger.of_foreign_authority ? foreign : authority, stranger.wish);
  TlsPeer peer{loop, where, context, wire::alpn_telemetry};
  static_cast<void>(peer.shake_hands());
  EXPECT_TRUE(peer.wait_for_end());
  EXPECT_NE(peer.failure().find(stranger.alert), std::string::npos) << peer.failure();
  EXPECT_EQ(counted.handshakes_that(stranger.result), 1);
  EXPECT_EQ(counted.handshakes_that(Handshake::completed), 0);
  EXPECT_EQ(gate.asked, 0);
}

const std::string one = test::host_uri(test::id<HostId>(1).hex());
INSTANTIATE_TEST_SUITE_P(
    Door, Strangers,
    testing::Values(
        Stranger{"expired",
                 {one, "clientAuth", -48h, -1h},
                 Handshake::expired,
                 "alert certificate expired"},
        Stranger{"not_yet_valid",
                 {one, "clientAuth", 1h, 48h},
                 Handshake::not_yet_valid,
                 "alert bad certificate"},
        Stranger{"of_another_authority", {one}, Handshake::untrusted, "alert unknown ca", true},
        Stranger{"made_for_servers",
                 {one, "serverAuth"},
                 Handshake::untrusted,
                 "alert unsupported certificate"}),
    [](const auto& row) { return row.param.name; });

TEST_F(TlsDoor, telemetry_without_a_certificate_fails_in_the_handshake) {
  open();
  TlsPeer peer{loop, where, tls::client_context(tls::CaFile{authority.bundle()}).value(),
               wire::alpn_telemetry};
  static_cast<void>(peer.shake_hands());
  EXPECT_TRUE(peer.wait_for_end());
  EXPECT_NE(peer.failure().find("alert certificate required"), std::string::npos) << peer.failure();
  EXPECT_EQ(counted.handshakes_that(Handshake::no_certificate), 1);
}

TEST_F(TlsDoor, a_connection_must_say_what_it_is_for) {
  open();
  for (const std::string_view protocol : {"", "h2", "sobriety/2"}) {
    TlsPeer peer = connect_as(1, protocol);
    EXPECT_FALSE(peer.shake_hands());
    EXPECT_NE(peer.failure().find("alert no application protocol"), std::string::npos)
        << peer.failure();
  }
  EXPECT_EQ(counted.handshakes_that(Handshake::unfit), 3);
}

TEST_F(TlsDoor, what_is_no_tls_1_3_is_no_handshake) {
  open();
  Peer plain = connect();
  plain.send(hello(1));
  EXPECT_TRUE(plain.wait_for_end());
  const auto old = context_of(authority, wish_of(1));
  ::SSL_CTX_set_min_proto_version(old->native_handle(), TLS1_2_VERSION);
  ::SSL_CTX_set_max_proto_version(old->native_handle(), TLS1_2_VERSION);
  TlsPeer peer{loop, where, old, wire::alpn_telemetry};
  EXPECT_FALSE(peer.shake_hands());
  EXPECT_NE(peer.failure().find("alert protocol version"), std::string::npos) << peer.failure();
  EXPECT_EQ(counted.handshakes_that(Handshake::unfit), 2);
  Peer gone = connect();
  gone.close();
  EXPECT_TRUE(run_until([this] { return counted.handshakes_that(Handshake::left) == 1; }));
}

TEST_F(TlsDoor, a_hello_must_name_the_host_of_the_certificate) {
  open();
  TlsPeer peer = agent(1, test::hello_of(2));
  EXPECT_EQ(refused_because(peer), RefusalReason::wrong_identity);
  EXPECT_TRUE(peer.wait_for_end());
  EXPECT_TRUE(worker.shard.hosts().empty());
}

TEST_F(TlsDoor, a_certificate_that_names_no_host_is_not_admitted) {
  open();
  TlsPeer peer{loop, where, context_of(authority, {"DNS:host.example"}), wire::alpn_telemetry};
  EXPECT_TRUE(peer.shake_hands());
  EXPECT_EQ(refused_because(peer), RefusalReason::not_admitted);
}

TEST_F(TlsDoor, a_revoked_certificate_is_not_admitted) {
  open();
  gate.barred = test::id<HostId>(1);
  TlsPeer peer = connect_as(1);
  EXPECT_TRUE(peer.shake_hands());
  EXPECT_EQ(refused_because(peer), RefusalReason::not_admitted);
}

TEST_F(TlsDoor, a_revocation_ends_the_session_that_lives_and_no_other) {
  open();
  TlsPeer one_peer = agent(1, test::hello_of(1));
  TlsPeer other = agent(2, test::hello_of(2));
  EXPECT_EQ(one_peer.next_frame().first, FrameType::welcome);
  EXPECT_EQ(other.next_frame().first, FrameType::welcome);
  gate.barred = test::id<HostId>(1);
  door->end_sessions_of([this](const auto& peer) { return peer.host == gate.barred; });
  EXPECT_EQ(refused_because(one_peer), RefusalReason::not_admitted);
  EXPECT_TRUE(one_peer.wait_for_end());
  other.send(told() + batch(1));
  EXPECT_EQ(other.next_frame().first, FrameType::ack);
}

TEST_F(TlsDoor, a_copy_of_a_machine_that_is_connected_is_quarantined) {
  open();
  wire::Hello original = test::hello_of(1);
  original.machine = test::id<MachineHash>(1);
  wire::Hello copy = test::hello_of(1, 2);
  copy.machine = test::id<MachineHash>(2);
  TlsPeer first = agent(1, original);
  EXPECT_EQ(first.next_frame().first, FrameType::welcome);
  TlsPeer second = agent(1, copy);
  EXPECT_EQ(refused_because(second), RefusalReason::quarantined);
  first.send(told() + batch(1));
  EXPECT_EQ(first.next_frame().first, FrameType::ack);
  // The same machine again displaces its older session.
  TlsPeer again = agent(1, original);
  EXPECT_EQ(again.next_frame().first, FrameType::welcome);
  EXPECT_EQ(refused_because(first), RefusalReason::superseded);
  EXPECT_EQ(counted.refused_for(RefusalReason::quarantined), 1);
}

TEST_F(TlsDoor, a_handshake_that_takes_too_long_is_given_up) {
  DoorLimits limits;
  limits.greeting.handshake = 50ms;
  open(limits);
  Peer silent = connect();
  EXPECT_TRUE(silent.wait_for_end());
  Peer slow = connect();
  slow.send("\x16\x03\x01");
  EXPECT_TRUE(slow.wait_for_end());
  EXPECT_EQ(counted.handshakes_that(Handshake::late), 2);
}

TEST_F(TlsDoor, handshakes_at_once_are_bounded_and_done_ones_make_room) {
  for (const auto& [in_all, per_address] : {std::pair{2U, 100U}, {100U, 2U}}) {
    const int before = counted.handshakes_that(Handshake::overloaded);
    DoorLimits limits;
    limits.handshakes = in_all;
    limits.handshakes_per_address = per_address;
    open(limits);
    Peer one_idle = connect();
    Peer other_idle = connect();
    test::run_ready(loop);
    Peer late = connect();
    EXPECT_TRUE(late.wait_for_end());
    EXPECT_EQ(counted.handshakes_that(Handshake::overloaded), before + 1);
    one_idle.close();
    test::run_ready(loop);
    // Three, one after the other: a session is no handshake any more.
    std::deque<TlsPeer> agents;
    for (std::uint8_t host = 1; host <= 3; ++host) {
      agents.push_back(agent(host, test::hello_of(host)));
      EXPECT_EQ(agents.back().next_frame().first, FrameType::welcome);
    }
    other_idle.close();
    TearDown();
    door.reset();
    ended = false;
  }
}

TEST_F(TlsDoor, a_request_for_enrolment_is_answered_with_and_without_certificate) {
  open();
  TlsPeer fresh{loop, where, tls::client_context(tls::CaFile{authority.bundle()}).value(),
                wire::alpn_enrolment};
  ASSERT_TRUE(fresh.shake_hands()) << fresh.failure();
  fresh.send(test::raw_frame(FrameType::enrol_request, "me"));
  const auto [type, reply] = fresh.next_frame();
  EXPECT_EQ(type, FrameType::enrol_reply);
  EXPECT_EQ(reply, "me from 127.0.0.1");
  EXPECT_TRUE(fresh.wait_for_end());
  TlsPeer known = connect_as(7, wire::alpn_enrolment);
  ASSERT_TRUE(known.shake_hands()) << known.failure();
  known.send(test::raw_frame(FrameType::enrol_request, std::string(16 * 1024, 'x')));
  EXPECT_NE(known.next_frame().second.find(" of " + test::id<HostId>(7).hex()), std::string::npos);
  EXPECT_EQ(counted.enrolments, 2);
}

TEST_F(TlsDoor, enrolment_takes_a_certificate_that_expired_lately_and_no_other) {
  open();
  const auto answered = [this](test::Authority& issuer, std::chrono::seconds expired) {
    TlsPeer peer{loop, where, context_of(issuer, {one, "clientAuth", -expired - 24h, -expired}),
                 wire::alpn_enrolment};
    static_cast<void>(peer.shake_hands());
    peer.send(test::raw_frame(FrameType::enrol_request, "again"));
    return peer.next_frame().first == FrameType::enrol_reply;
  };
  EXPECT_TRUE(answered(authority, 1h));
  EXPECT_TRUE(answered(authority, late_renewal - 1h));
  EXPECT_FALSE(answered(authority, late_renewal + 1h));
  EXPECT_FALSE(answered(foreign, 1h));
  EXPECT_EQ(counted.handshakes_that(Handshake::expired), 1);
}

TEST_F(TlsDoor, what_is_no_request_is_refused) {
  open();
  for (const auto& [bytes, reason] :
       {std::pair{hello(1), RefusalReason::out_of_order},
        {test::raw_frame(FrameType::enrol_request, std::string(16 * 1024 + 1, 'x')),
         RefusalReason::too_large},
        {std::string{"GET /"}, RefusalReason::malformed}}) {
    TlsPeer peer = connect_as(1, wire::alpn_enrolment);
    ASSERT_TRUE(peer.shake_hands());
    peer.send(bytes);
    EXPECT_EQ(refused_because(peer), reason);
  }
  TlsPeer telemetry = agent(1, test::hello_of(1));
  telemetry.send(test::raw_frame(FrameType::enrol_request, "me"));
  EXPECT_EQ(telemetry.next_frame().first, FrameType::welcome);
  EXPECT_EQ(refused_because(telemetry), RefusalReason::out_of_order);
}

TEST_F(TlsDoor, enrolments_are_limited_apart_from_telemetry) {
  DoorLimits limits;
  limits.greeting.enrolments = {100, 1};
  open(limits);
  TlsPeer first = connect_as(1, wire::alpn_enrolment);
  ASSERT_TRUE(first.shake_hands());
  first.send(test::raw_frame(FrameType::enrol_request, "me"));
  EXPECT_EQ(first.next_frame().first, FrameType::enrol_reply);
  TlsPeer second = connect_as(1, wire::alpn_enrolment);
  ASSERT_TRUE(second.shake_hands());
  EXPECT_EQ(refused_because(second), RefusalReason::overloaded);
  EXPECT_EQ(counted.enrolments_refused, 1);
  TlsPeer peer = agent(1, test::hello_of(1));
  EXPECT_EQ(peer.next_frame().first, FrameType::welcome);
}

TEST_F(TlsDoor, enrolment_is_not_offered_where_nobody_answers_it) {
  open({}, false);
  TlsPeer peer = connect_as(1, wire::alpn_enrolment);
  EXPECT_FALSE(peer.shake_hands());
  EXPECT_NE(peer.failure().find("alert no application protocol"), std::string::npos);
}

}  // namespace
}  // namespace sobriety::collector
