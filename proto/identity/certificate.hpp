// A certificate as a value: what is asked of it, DER and PEM.
#pragma once

#include "proto/base/units.hpp"
#include "proto/identity/digest.hpp"
#include "proto/identity/openssl.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sobriety::identity {

class Certificate {
 public:
  explicit Certificate(CertificateHandle handle) : handle_(std::move(handle)) {}
  [[nodiscard]] static Result<Certificate> from_der(std::string_view bytes, std::string_view name);

  [[nodiscard]] std::string der() const;
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] std::string serial() const;  // lower-case hexadecimal digits
  [[nodiscard]] std::string subject() const;
  [[nodiscard]] Digest fingerprint() const;  // SHA-256 of the DER
  [[nodiscard]] Digest public_digest() const;
  [[nodiscard]] WallTime not_before() const;
  [[nodiscard]] WallTime not_after() const;
  // Subject alternative names: DNS names and addresses, in text.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool signed_by(const Certificate& issuer) const;
  [[nodiscard]] X509* handle() const { return handle_.get(); }

 private:
  CertificateHandle handle_;
};

// All certificates of a PEM text, one at least; other blocks, such as keys, are passed over.
[[nodiscard]] Result<std::vector<Certificate>> certificates_of_pem(std::string_view text,
                                                                   std::string_view name);

}  // namespace sobriety::identity
