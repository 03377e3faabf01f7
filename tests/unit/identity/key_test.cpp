#include "proto/identity/key.hpp"

#include "proto/identity/certificate.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <gtest/gtest.h>

namespace sobriety::identity {
namespace {

std::string pem_of(EVP_PKEY* made) {
  const KeyHandle key{made};
  const Bio bio = buffer();
  EXPECT_EQ(
      ::PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr),
      1);
  return std::string{written(bio)};
}

TEST(Key, reads_back_from_pem) {
  const Key key = Key::generate();
  const auto again = Key::from_pem(key.pem(), "key.pem");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again.value().public_digest(), key.public_digest());
  EXPECT_NE(Key::generate().public_digest(), key.public_digest());
}

TEST(Key, of_another_kind_is_refused_by_name) {
  for (const std::string& pem : {pem_of(::EVP_RSA_gen(2048)), pem_of(::EVP_EC_gen("P-384"))}) {
    const auto key = Key::from_pem(pem, "key.pem");
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().message, "key.pem: is not a key on the curve P-256");
  }
}

TEST(Key, that_is_none_or_damaged_is_refused) {
  const std::string pem = Key::generate().pem();
  EXPECT_FALSE(Key::from_pem("", "key.pem"));
  EXPECT_FALSE(Key::from_pem("hello", "key.pem"));
  EXPECT_FALSE(Key::from_pem(pem.substr(0, pem.size() / 2), "key.pem"));
  std::string other = pem;
  other[60] = other[60] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(Key::from_pem(other, "key.pem"));
}

TEST(Certificate, is_refused_where_there_is_none_or_more) {
  EXPECT_FALSE(Certificate::from_der("", "the reply"));
  EXPECT_FALSE(Certificate::from_der(make_certificate_request(Key::generate()), "the reply"));
  EXPECT_EQ(certificates_of_pem("", "ca.pem").error().message, "ca.pem: has no certificate");
  EXPECT_EQ(certificates_of_pem(Key::generate().pem(), "ca.pem").error().message,
            "ca.pem: has no certificate");
  EXPECT_FALSE(certificates_of_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                                   "ca.pem"));
}

}  // namespace
}  // namespace sobriety::identity
