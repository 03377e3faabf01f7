#include "proto/runtime/tls.hpp"

#include "tests/support/certificates.hpp"
#include "tests/support/temp_directory.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <gtest/gtest.h>

#include <fstream>

namespace sobriety::tls {
namespace {

using namespace std::chrono_literals;
using test::Wish;

const std::string uuid = "0123456789abcdef0123456789abcdef";

// Both ends of a connection in memory.
class Handshake {
 public:
  Handshake(const Context& server, const Context& client)
      : server_(::SSL_new(server->native_handle())), client_(::SSL_new(client->native_handle())) {
    BIO* one = nullptr;
    BIO* other = nullptr;
    ::BIO_new_bio_pair(&one, 0, &other, 0);
    ::SSL_set_bio(server_, one, one);
    ::SSL_set_bio(client_, other, other);
    ::SSL_set_accept_state(server_);
    ::SSL_set_connect_state(client_);
  }
  ~Handshake() {
    ::SSL_free(server_);
    ::SSL_free(client_);
    ::ERR_clear_error();
  }
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  // Both sides are content: the server has seen the client's certificate.
  bool succeeds() {
    for (int turn = 0; turn < 10; ++turn) {
      ::SSL_do_handshake(client_);
      ::SSL_do_handshake(server_);
    }
    return ::SSL_is_init_finished(server_) == 1 && ::SSL_is_init_finished(client_) == 1;
  }
  SSL* server() { return server_; }
  SSL* client() { return client_; }

 private:
  SSL* server_;
  SSL* client_;
};

class TlsTest : public testing::Test {
 protected:
  static KeyFiles files(const test::Issued& issued) { return {issued.certificate, issued.key}; }
  [[nodiscard]] Context server() { return server_context(own(), authority.bundle()).value(); }
  [[nodiscard]] KeyFiles own() {
    return files(authority.issue("server", {test::loopback_names, "serverAuth"}));
  }
  [[nodiscard]] Context client(test::Authority& issuer, const Wish& wish) {
    return client_context(CaFile{authority.bundle()}, files(issuer.issue("client", wish))).value();
  }
  static void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream{path} << text;
  }

  test::TempDirectory directory;
  test::Authority authority{directory.path(), "authority"};
  test::Authority foreign{directory.path(), "foreign"};
};

TEST_F(TlsTest, a_server_and_a_client_of_one_authority_agree_on_tls_1_3) {
  const auto client_side = client(authority, {test::host_uri(uuid)});
  Handshake handshake{server(), client_side};
  ASSERT_TRUE(handshake.succeeds());
  EXPECT_STREQ(::SSL_get_version(handshake.server()), "TLSv1.3");
  const X509* shown = ::SSL_get0_peer_certificate(handshake.server());
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(peer_certificate(*shown).value().host.hex(), uuid);
}

struct Stranger {
  const char* name;
  Wish wish;
  bool of_foreign_authority = false;
};
class Strangers : public TlsTest, public testing::WithParamInterface<Stranger> {};

TEST_P(Strangers, are_not_let_in) {
  const Stranger& stranger = GetParam();
  const auto own_side = client(stranger.of_foreign_authority ? foreign : authority, stranger.wish);
  Handshake handshake{server(), own_side};
  EXPECT_FALSE(handshake.succeeds());
  EXPECT_NE(::SSL_get_verify_result(handshake.server()), X509_V_OK);
}

INSTANTIATE_TEST_SUITE_P(
    Tls, Strangers,
    testing::Values(Stranger{"of_another_authority", {test::host_uri(uuid)}, true},
                    Stranger{"that_expired", {test::host_uri(uuid), "clientAuth", -48h, -1h}},
                    Stranger{"of_the_future", {test::host_uri(uuid), "clientAuth", 1h, 48h}},
                    Stranger{"that_are_servers", {test::host_uri(uuid), "serverAuth"}}),
    [](const auto& row) { return row.param.name; });

TEST_F(TlsTest, a_client_without_certificate_is_refused_where_one_is_demanded) {
  Handshake handshake{server(), client_context(CaFile{authority.bundle()}).value()};
  EXPECT_FALSE(handshake.succeeds());
  Handshake open{server_context(own()).value(), client_context(CaFile{authority.bundle()}).value()};
  EXPECT_TRUE(open.succeeds());
}

TEST_F(TlsTest, tls_1_2_is_not_spoken) {
  const auto old = client(authority, {test::host_uri(uuid)});
  ::SSL_CTX_set_min_proto_version(old->native_handle(), TLS1_2_VERSION);
  ::SSL_CTX_set_max_proto_version(old->native_handle(), TLS1_2_VERSION);
  Handshake handshake{server(), old};
  EXPECT_FALSE(handshake.succeeds());
}

TEST_F(TlsTest, a_client_believes_only_the_name_that_it_asked_for) {
  for (const auto& [name, good] : {std::pair{"localhost", true}, {"collector.example", false}}) {
    const auto own_side = client_context(CaFile{authority.bundle()}).value();
    Handshake handshake{server_context(own()).value(), own_side};
    ::SSL_set1_host(handshake.client(), name);
    EXPECT_EQ(handshake.succeeds(), good) << name;
  }
}

TEST_F(TlsTest, a_pin_names_the_one_authority_that_is_believed) {
  const auto pin = [](const test::Authority& pinned) {
    return client_context(CaPin{key_digest(*test::read_certificate(pinned.bundle()))}).value();
  };
  Handshake good{server_context(own()).value(), pin(authority)};
  EXPECT_TRUE(good.succeeds());
  Handshake wrong{server_context(own()).value(), pin(foreign)};
  EXPECT_FALSE(wrong.succeeds());
  EXPECT_EQ(verdict_text(::SSL_get_verify_result(wrong.client())),
            "its authority is not the one whose key is pinned");
  // What the pinned authority did not sign does not become good by sending its certificate along.
  const auto forged = foreign.issue("forged", {test::loopback_names, "serverAuth"});
  const auto leaf = test::read_certificate(forged.certificate);
  const auto real = test::read_certificate(authority.bundle());
  const auto forging = server_context(files(forged)).value();
  SSL_CTX_clear_extra_chain_certs(forging->native_handle());
  SSL_CTX_add1_chain_cert(forging->native_handle(), real.get());
  Handshake lie{forging, pin(authority)};
  EXPECT_FALSE(lie.succeeds());
}

TEST_F(TlsTest, files_that_do_not_fit_are_refused_by_name) {
  const KeyFiles good = own();
  const auto garbage = directory.path() / "garbage.pem";
  write(garbage, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const KeyFiles other = files(foreign.issue("other", {}));
  const auto why = [](const Result<Context>& made) {
    return made ? std::string{"made"} : made.error().message;
  };
  EXPECT_NE(
      why(server_context({directory.path() / "none.pem", good.key})).find("none.pem: No such"),
      std::string::npos);
  EXPECT_EQ(server_context({directory.path() / "none.pem", good.key}).error().code, Errc::absent);
  EXPECT_NE(why(server_context({garbage, good.key})).find("garbage.pem"), std::string::npos);
  EXPECT_NE(why(server_context({good.certificate, other.key})).find("not the private key of"),
            std::string::npos);
  EXPECT_NE(why(server_context(good, garbage)).find("garbage.pem"), std::string::npos);
  EXPECT_NE(why(client_context(CaFile{directory.path() / "no-ca.pem"})).find("no-ca.pem"),
            std::string::npos);
}

TEST_F(TlsTest, a_certificate_says_whose_it_is) {
  const auto issued = authority.issue("host", {"DNS:ignored.example," + test::host_uri(uuid)});
  const auto certificate = test::read_certificate(issued.certificate);
  const PeerCertificate peer = peer_certificate(*certificate).value();
  EXPECT_EQ(peer.host.hex(), uuid);
  EXPECT_EQ(peer.serial, "1001");
  EXPECT_EQ(peer.not_after - peer.not_before, 25h);
  EXPECT_EQ(peer.key, key_digest(*certificate));
  EXPECT_NE(peer.key, peer.fingerprint);
  EXPECT_EQ(to_hex(peer.fingerprint).size(), 64U);
}

TEST_F(TlsTest, a_certificate_that_names_no_host_or_two_is_no_agents) {
  for (const std::string& names :
       {std::string{}, std::string{"DNS:host.example"}, std::string{"URI:https://example.org"},
        std::string{"URI:sobriety://host/"}, test::host_uri("0123"), test::host_uri(uuid + "00"),
        test::host_uri(uuid) + ',' + test::host_uri("ff" + uuid.substr(2))}) {
    const auto issued = authority.issue("odd", {names});
    const auto peer = peer_certificate(*test::read_certificate(issued.certificate));
    ASSERT_FALSE(peer.has_value()) << names;
    EXPECT_EQ(peer.error().code, Errc::malformed);
  }
}

TEST_F(TlsTest, changed_files_are_taken_once_they_fit) {
  const KeyFiles served = own();
  int loads = 0;
  const auto load = [&]() -> Result<Context> {
    ++loads;
    return server_context(served);
  };
  const auto renewable = Renewable::make({served.certificate, served.key}, load).value();
  const Context first = renewable->now();
  EXPECT_FALSE(renewable->look().value());
  EXPECT_EQ(loads, 1);
  // The certificate is exchanged before its key is.
  const auto fresh = authority.issue("fresh", {test::loopback_names, "serverAuth"});
  std::filesystem::rename(fresh.certificate, served.certificate);
  EXPECT_FALSE(renewable->look().has_value());
  EXPECT_EQ(renewable->now(), first);
  EXPECT_FALSE(renewable->look().value());  // nothing new since
  std::filesystem::rename(fresh.key, served.key);
  EXPECT_TRUE(renewable->look().value());
  EXPECT_NE(renewable->now(), first);
  EXPECT_TRUE(renewable->look(true).value());
  EXPECT_EQ(loads, 4);
}

TEST_F(TlsTest, there_is_no_renewable_context_of_files_that_are_not_there) {
  const KeyFiles missing{directory.path() / "x.pem", directory.path() / "x.key"};
  const auto made =
      Renewable::make({missing.certificate, missing.key}, [&] { return server_context(missing); });
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, Errc::absent);
}

}  // namespace
}  // namespace sobriety::tls
