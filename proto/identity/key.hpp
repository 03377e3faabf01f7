// A private key on the curve P-256, and the certificate request that it signs.
#pragma once

#include "proto/identity/digest.hpp"
#include "proto/identity/openssl.hpp"

#include <string>
#include <string_view>

namespace sobriety::identity {

class Key {
 public:
  [[nodiscard]] static Key generate();
  // `name` is what errors call it: a path. Keys of other kinds are refused.
  [[nodiscard]] static Result<Key> from_pem(std::string_view text, std::string_view name);

  [[nodiscard]] std::string pem() const;  // PKCS #8, not encrypted
  [[nodiscard]] Digest public_digest() const;
  [[nodiscard]] EVP_PKEY* handle() const { return handle_.get(); }

 private:
  explicit Key(KeyHandle handle) : handle_(std::move(handle)) {}
  KeyHandle handle_;
};

// SHA-256 of the public key as SubjectPublicKeyInfo in DER: what a pin is of.
[[nodiscard]] Digest public_digest(const EVP_PKEY* key);
[[nodiscard]] bool on_p256(const EVP_PKEY* key);

// PKCS #10 in DER. Its subject says nothing: who the key belongs to is the authority's to say.
[[nodiscard]] std::string make_certificate_request(const Key& key);

}  // namespace sobriety::identity
