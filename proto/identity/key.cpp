#include "proto/identity/key.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include <cassert>
#include <stdexcept>

namespace sobriety::identity {

namespace {
// Of what fails only where there is no memory or no OpenSSL: not a state to go on from.
void require(bool done, const char* what) {
  if (!done) throw std::runtime_error{openssl_error(what).message};
}

// DER as a text, by one of OpenSSL's i2d functions.
template <class Object>
std::string der(const Object* object, int (*write)(const Object*, unsigned char**)) {
  unsigned char* bytes = nullptr;
  const int size = write(object, &bytes);
  require(size > 0, "encode");
  std::string text{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  ::OPENSSL_free(bytes);
  return text;
}
}  // namespace

Key Key::generate() {
  KeyHandle handle{::EVP_EC_gen("P-256")};
  require(handle != nullptr, "make a key");
  return Key{std::move(handle)};
}

Result<Key> Key::from_pem(std::string_view text, std::string_view name) {
  const Bio bio = read_only(text);
  // The callback keeps OpenSSL from asking a terminal for a passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  KeyHandle handle{::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
  if (!handle) return openssl_error(std::string{name} + ": is no private key in PEM");
  if (!on_p256(handle.get()))
    return fail(Errc::unsupported, std::string{name} + ": is not a key on the curve P-256");
  return Key{std::move(handle)};
}

std::string Key::pem() const {
  const Bio bio = buffer();
  require(::PEM_write_bio_PKCS8PrivateKey(bio.get(), handle_.get(), nullptr, nullptr, 0, nullptr,
                                          nullptr) == 1,
          "write a key");
  return std::string{written(bio)};
}

Digest Key::public_digest() const { return identity::public_digest(handle_.get()); }

Digest public_digest(const EVP_PKEY* key) { return sha256(der(key, ::i2d_PUBKEY)); }

bool on_p256(const EVP_PKEY* key) {
  char group[32] = {};
  return ::EVP_PKEY_is_a(key, "EC") == 1 &&
         ::EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1 &&
         std::string_view{group} == "prime256v1";  // as OpenSSL calls it
}

std::string make_certificate_request(const Key& key) {
  const RequestHandle request{::X509_REQ_new()};
  require(request != nullptr && ::X509_REQ_set_pubkey(request.get(), key.handle()) == 1 &&
              ::X509_REQ_sign(request.get(), key.handle(), ::EVP_sha256()) > 0,
          "make a certificate request");
  return der<X509_REQ>(request.get(), ::i2d_X509_REQ);
}

}  // namespace sobriety::identity
