#include "collector/identity/certificate_request.hpp"

#include "proto/identity/key.hpp"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using identity::Key;
using identity::KeyHandle;

std::string der_of(X509_REQ* request) {
  unsigned char* bytes = nullptr;
  const int size = ::i2d_X509_REQ(request, &bytes);
  std::string text{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  ::OPENSSL_free(bytes);
  return text;
}

std::string request_of(EVP_PKEY* key, EVP_PKEY* signer, const char* subject = nullptr) {
  const identity::RequestHandle request{::X509_REQ_new()};
  ::X509_REQ_set_pubkey(request.get(), key);
  if (subject != nullptr)
    ::X509_NAME_add_entry_by_txt(::X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(subject), -1, -1, 0);
  ::X509_REQ_sign(request.get(), signer, ::EVP_sha256());
  return der_of(request.get());
}

TEST(CertificateRequest, gives_its_key) {
  const Key key = Key::generate();
  const std::string der = identity::make_certificate_request(key);
  const auto read = read_certificate_request(der);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read.value().key_digest, key.public_digest());
  EXPECT_EQ(read.value().request, identity::sha256(der));
}

TEST(CertificateRequest, may_claim_what_it_likes) {
  const Key key = Key::generate();
  EXPECT_TRUE(read_certificate_request(request_of(key.handle(), key.handle(), "another host")));
}

TEST(CertificateRequest, must_be_signed_by_its_own_key) {
  const auto read =
      read_certificate_request(request_of(Key::generate().handle(), Key::generate().handle()));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "the certificate request is not signed by its own key");
}

TEST(CertificateRequest, must_be_of_p256) {
  const KeyHandle rsa{::EVP_RSA_gen(2048)};
  const KeyHandle p384{::EVP_EC_gen("P-384")};
  const KeyHandle ed25519{::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  for (EVP_PKEY* key : {rsa.get(), p384.get()})
    EXPECT_EQ(read_certificate_request(request_of(key, key)).error().code, Errc::unsupported);
  EXPECT_FALSE(read_certificate_request(request_of(ed25519.get(), rsa.get())));
}

TEST(CertificateRequest, is_read_whole_or_not_at_all) {
  const std::string der = identity::make_certificate_request(Key::generate());
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_FALSE(read_certificate_request(std::string_view{der}.substr(0, size))) << size;
  EXPECT_FALSE(read_certificate_request(der + '\0'));
  EXPECT_FALSE(read_certificate_request(std::string(2049, '0')));
}

TEST(CertificateRequest, does_not_survive_a_flipped_bit) {
  const std::string der = identity::make_certificate_request(Key::generate());
  for (std::size_t at = 0; at < der.size(); ++at) {
    std::string other = der;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_FALSE(read_certificate_request(other)) << at;
  }
}

}  // namespace
}  // namespace sobriety::collector
