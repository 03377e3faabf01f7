#include "agent/enrol/identity_store.hpp"

#include "agent/enrol/host_id.hpp"
#include "proto/identity/files.hpp"
#include "proto/runtime/tls.hpp"
#include "tests/support/small_authority.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace sobriety::agent {
namespace {

namespace fs = std::filesystem;

struct IdentityStoreTest : testing::Test {
  test::TempDirectory state;
  IdentityStore store{state.path()};
  test::SmallAuthority authority;
  HostId host = HostId::random();

  void install() {
    const auto done =
        store.install(authority.issue(store.request("a").value(), host), {{"collector", 18550}});
    ASSERT_TRUE(done) << done.error().message;
  }
};

TEST_F(IdentityStoreTest, is_empty_at_first) {
  EXPECT_FALSE(store.certificate().value());
  EXPECT_TRUE(store.endpoints().value().empty());
}

TEST_F(IdentityStoreTest, keeps_a_request_until_it_is_finished) {
  const std::string first = store.request("a").value();
  EXPECT_EQ(store.request("a").value(), first);
  EXPECT_EQ(IdentityStore{state.path()}.request("a").value(), first);
  install();
  EXPECT_EQ(store.request("a").value(), first);  // killed before it was finished
  ASSERT_TRUE(store.finish());
  EXPECT_NE(store.request("a").value(), first);
}

TEST_F(IdentityStoreTest, makes_another_request_for_another_purpose) {
  const std::string first = store.request("a").value();
  EXPECT_NE(store.request("renewal").value(), first);
}

TEST_F(IdentityStoreTest, does_not_stop_at_a_request_that_is_damaged) {
  const std::string first = store.request("a").value();
  const std::string text = identity::read_whole(store.files().request).value();
  ASSERT_TRUE(identity::write_whole(store.files().request, text.substr(0, text.size() - 80)));
  EXPECT_NE(store.request("a").value(), first);
}

TEST_F(IdentityStoreTest, has_what_tls_needs_once_it_is_installed) {
  install();
  const IdentityFiles& files = store.files();
  EXPECT_EQ(store.certificate().value()->serial, "2b");
  EXPECT_EQ(store.endpoints().value(), (std::vector<Endpoint>{{"collector", 18550}}));
  EXPECT_EQ(load_or_make_host_id(state.path()).value(), host);
  const auto context =
      tls::client_context(tls::CaFile{files.ca}, tls::KeyFiles{files.certificate, files.key});
  EXPECT_TRUE(context) << context.error().message;
}

TEST_F(IdentityStoreTest, keeps_keys_to_itself) {
  install();
  EXPECT_EQ(fs::status(store.files().directory).permissions(), fs::perms::owner_all);
  for (const auto& file : {store.files().certificate, store.files().request})
    EXPECT_EQ(static_cast<unsigned>(fs::status(file).permissions()), 0600U) << file;
}

TEST_F(IdentityStoreTest, changes_key_and_certificate_at_once) {
  install();
  ASSERT_TRUE(store.finish());
  EXPECT_TRUE(fs::is_symlink(store.files().key));
  const auto before = identity::read_whole(store.files().key).value();
  const auto renewed = store.install(authority.issue(store.request("renewal").value(), host), {});
  ASSERT_TRUE(renewed);
  EXPECT_NE(identity::read_whole(store.files().key).value(), before);
  EXPECT_EQ(store.endpoints().value().size(), 1U);  // as they were
}

TEST_F(IdentityStoreTest, does_not_take_a_certificate_of_another_key) {
  install();
  const std::string before = identity::read_whole(store.files().certificate).value();
  const auto other =
      authority.issue(identity::make_certificate_request(identity::Key::generate()), host);
  const auto done = store.install(other, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the certificate that was issued is not of this agent's key");
  EXPECT_EQ(identity::read_whole(store.files().certificate).value(), before);
}

TEST_F(IdentityStoreTest, does_not_take_what_is_no_certificate) {
  for (auto spoil : {+[](wire::EnrolReply& reply) { reply.certificate = "x"; },
                     +[](wire::EnrolReply& reply) { reply.chain = {"x"}; },
                     +[](wire::EnrolReply& reply) { reply.authorities = {"x"}; }}) {
    auto reply = authority.issue(store.request("a").value(), host);
    spoil(reply);
    EXPECT_FALSE(store.install(reply, {}));
  }
  EXPECT_FALSE(fs::exists(store.files().certificate));
}

TEST_F(IdentityStoreTest, forgets_all_for_an_image) {
  install();
  ASSERT_TRUE(identity::write_whole(store.files().token, "x"));
  ASSERT_TRUE(store.clear());
  EXPECT_TRUE(fs::is_empty(state.path()));
  EXPECT_TRUE(store.clear());
}

TEST_F(IdentityStoreTest, names_a_file_that_it_cannot_use) {
  install();
  std::ofstream{store.files().certificate} << "nonsense";
  EXPECT_EQ(store.certificate().error().message,
            store.files().certificate.string() + ": has no certificate");
  std::ofstream{store.files().endpoints} << "nonsense\n";
  EXPECT_NE(store.endpoints().error().message.find("set collector.endpoint"), std::string::npos);
  std::ofstream{store.files().token} << "nonsense\n";
  EXPECT_NE(read_token(store.files().token).error().message.find("token"), std::string::npos);
}

}  // namespace
}  // namespace sobriety::agent
