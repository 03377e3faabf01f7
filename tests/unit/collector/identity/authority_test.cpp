#include "collector/identity/authority.hpp"

#include "proto/identity/files.hpp"
#include "tests/support/temp_directory.hpp"

#include <openssl/x509v3.h>

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using identity::Certificate;
using identity::Free;
using identity::Key;
using testing::Test;

constexpr WallTime start{1'800'000'000'000ms};
constexpr std::chrono::hours day{24};
const std::vector<std::string> names{"collector.example.org", "10.0.0.1", "::1"};

// What OpenSSL says of a certificate below the authorities of a PEM file, at a time.
int verdict(const Certificate& certificate, const fs::path& authorities, int purpose, WallTime at) {
  const std::unique_ptr<X509_STORE, Free<::X509_STORE_free>> store{::X509_STORE_new()};
  const auto trusted = identity::certificates_of_pem(identity::read_whole(authorities).value(),
                                                     authorities.string());
  for (const Certificate& one : trusted.value()) ::X509_STORE_add_cert(store.get(), one.handle());
  const std::unique_ptr<X509_STORE_CTX, Free<::X509_STORE_CTX_free>> check{::X509_STORE_CTX_new()};
  ::X509_STORE_CTX_init(check.get(), store.get(), certificate.handle(), nullptr);
  ::X509_STORE_CTX_set_purpose(check.get(), purpose);
  ::X509_STORE_CTX_set_time(
      check.get(), 0,
      std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::seconds>(at)));
  return ::X509_verify_cert(check.get()) == 1 ? X509_V_OK : ::X509_STORE_CTX_get_error(check.get());
}

struct AuthorityTest : Test {
  test::TempDirectory parent;
  fs::path directory = parent.path() / "identity";
  AuthorityFiles files{directory};
  HostId host = HostId::random();
  Key key = Key::generate();

  void SetUp() override {
    const auto made = Authority::init(directory, names, start);
    ASSERT_TRUE(made) << made.error().message;
  }
  [[nodiscard]] Authority open() const { return Authority::open(directory).value(); }
  [[nodiscard]] Certificate issue(WallTime now = start) const {
    return open().issue(key.handle(), host, now, 30 * day).value();
  }
};

TEST_F(AuthorityTest, keeps_its_keys_to_itself) {
  EXPECT_EQ(fs::status(directory).permissions(), fs::perms::owner_all);
  for (const auto& file : {files.root_key, files.issuing, files.server})
    EXPECT_EQ(static_cast<unsigned>(fs::status(file).permissions()), 0600U) << file;
  EXPECT_FALSE(fs::exists(directory.string() + ".new"));
}

TEST_F(AuthorityTest, is_made_once) {
  const auto pin = open().pin();
  EXPECT_EQ(Authority::init(directory, names, start).error().code, Errc::denied);
  EXPECT_EQ(open().pin(), pin);
}

TEST_F(AuthorityTest, issues_certificates_that_name_a_host_and_are_good_for_clients_only) {
  const Certificate made = issue();
  EXPECT_EQ(verdict(made, files.clients, X509_PURPOSE_SSL_CLIENT, start), X509_V_OK);
  EXPECT_EQ(verdict(made, files.clients, X509_PURPOSE_SSL_SERVER, start),
            X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(made.public_digest(), key.public_digest());
  EXPECT_EQ(made.serial().size(), 32U);
  EXPECT_NE(issue().serial(), made.serial());
  EXPECT_TRUE(made.names().empty());
  const std::unique_ptr<GENERAL_NAMES, Free<::GENERAL_NAMES_free>> all{static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(made.handle(), NID_subject_alt_name, nullptr, nullptr))};
  ASSERT_TRUE(all);
  ASSERT_EQ(sk_GENERAL_NAME_num(all.get()), 1);
  const ASN1_STRING* uri = sk_GENERAL_NAME_value(all.get(), 0)->d.uniformResourceIdentifier;
  EXPECT_EQ((std::string{reinterpret_cast<const char*>(::ASN1_STRING_get0_data(uri)),
                         static_cast<std::size_t>(::ASN1_STRING_length(uri))}),
            "sobriety://host/" + host.hex());
}

TEST_F(AuthorityTest, limits_the_life_of_what_it_issues) {
  const Certificate made = issue();
  EXPECT_EQ(made.not_after(), start + 30 * day);
  EXPECT_EQ(made.not_before(), start - 1h);
  EXPECT_EQ(verdict(made, files.clients, X509_PURPOSE_SSL_CLIENT, start + 30 * day + 1s),
            X509_V_ERR_CERT_HAS_EXPIRED);
  const WallTime late = start + issuing_lifetime - day;
  EXPECT_EQ(issue(late).not_after(), open().issuing().not_after());
  EXPECT_FALSE(open().issue(key.handle(), host, start + issuing_lifetime + day, day));
}

TEST_F(AuthorityTest, has_a_server_certificate_with_its_names_and_chain) {
  const auto chain = identity::certificates_of_pem(identity::read_whole(files.server).value(), "");
  ASSERT_EQ(chain.value().size(), 3U);
  EXPECT_EQ(chain.value().front().names(), names);
  EXPECT_EQ(chain.value().back().public_digest(), open().pin());
  EXPECT_EQ(verdict(chain.value().front(), files.clients, X509_PURPOSE_SSL_SERVER, start),
            X509_V_OK);
  EXPECT_EQ(verdict(chain.value().front(), files.clients, X509_PURPOSE_SSL_CLIENT, start),
            X509_V_ERR_INVALID_PURPOSE);
}

TEST_F(AuthorityTest, renews_the_server_certificate_when_it_is_due_or_named_anew) {
  const auto serial = [this] { return open().server().value().serial(); };
  const std::string first = serial();
  EXPECT_FALSE(open().renew_server({}, start + 50 * day).value());
  EXPECT_FALSE(open().renew_server({"::1", "10.0.0.1", names[0]}, start).value());
  EXPECT_EQ(serial(), first);
  EXPECT_TRUE(open().renew_server({}, start + 61 * day).value());
  EXPECT_NE(serial(), first);
  EXPECT_EQ(open().server().value().names(), names);
  EXPECT_TRUE(open().renew_server({"other.example.org"}, start + 61 * day).value());
  EXPECT_EQ(open().server().value().names(), std::vector<std::string>{"other.example.org"});
  fs::remove(files.server);
  EXPECT_TRUE(open().renew_server({"other.example.org"}, start).value());
}

TEST_F(AuthorityTest, rolls_over_so_that_both_issuing_authorities_are_trusted_for_a_while) {
  const Certificate before = issue();
  const auto pin = open().pin();
  const auto rolled = Authority::roll_over(directory, start + 2 * 365 * day);
  ASSERT_TRUE(rolled) << rolled.error().message;
  EXPECT_EQ(open().pin(), pin);
  const WallTime now = start + 2 * 365 * day;
  const Certificate after = issue(now);
  EXPECT_FALSE(after.signed_by(
      identity::certificates_of_pem(identity::read_whole(files.clients).value(), "").value()[2]));
  EXPECT_EQ(verdict(before, files.clients, X509_PURPOSE_SSL_CLIENT, start), X509_V_OK);
  EXPECT_EQ(verdict(after, files.clients, X509_PURPOSE_SSL_CLIENT, now), X509_V_OK);
  EXPECT_TRUE(open().server().value().signed_by(open().issuing()));
  EXPECT_EQ(open().server().value().names(), names);
  // By then the first has expired and is forgotten.
  ASSERT_TRUE(Authority::roll_over(directory, start + 6 * 365 * day));
  EXPECT_EQ(
      identity::certificates_of_pem(identity::read_whole(files.clients).value(), "").value().size(),
      3U);
}

TEST_F(AuthorityTest, works_without_the_key_of_its_root_but_for_a_roll_over) {
  fs::remove(files.root_key);
  EXPECT_EQ(verdict(issue(), files.clients, X509_PURPOSE_SSL_CLIENT, start), X509_V_OK);
  const auto rolled = Authority::roll_over(directory, start);
  ASSERT_FALSE(rolled);
  EXPECT_NE(rolled.error().message.find("put it back"), std::string::npos);
}

TEST_F(AuthorityTest, does_not_open_where_its_files_do_not_belong_together) {
  const fs::path other = parent.path() / "other";
  ASSERT_TRUE(Authority::init(other, names, start));
  fs::copy_file(AuthorityFiles{other}.root, files.root, fs::copy_options::overwrite_existing);
  EXPECT_EQ(Authority::open(directory).error().code, Errc::broken);
  EXPECT_EQ(Authority::open(parent.path() / "none").error().code, Errc::absent);
}

TEST(AuthorityNames, that_are_no_names_are_refused_before_anything_is_made) {
  const test::TempDirectory parent;
  const std::vector<std::vector<std::string>> bad{
      {}, {""}, {"a b"}, {"a,DNS:b"}, {"caf\xc3\xa9"}, {std::string(254, 'a')}};
  for (const auto& list : bad)
    EXPECT_EQ(Authority::init(parent.path() / "identity", list, start).error().code,
              Errc::malformed);
  EXPECT_TRUE(fs::is_empty(parent.path()));
}

}  // namespace
}  // namespace sobriety::collector
