#include "collector/identity/certificate_request.hpp"

#include "proto/identity/key.hpp"
#include "proto/wire/enrolment.hpp"

#include <openssl/err.h>

namespace sobriety::collector {

namespace {
Error refused(std::string_view why) {
  ::ERR_clear_error();
  return {Errc::malformed, "the certificate request " + std::string{why}};
}
}  // namespace

Result<RequestedKey> read_certificate_request(std::string_view der) {
  if (der.empty()) return refused("is empty");
  if (der.size() > wire::max_certificate_request) return refused("is too long");
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  const identity::RequestHandle request{
      ::d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size()))};
  if (!request) return refused("is not PKCS #10 in DER");
  if (at != end) return refused("has bytes behind its end");
  identity::KeyHandle key{::X509_REQ_get_pubkey(request.get())};
  if (!key) return refused("has no usable public key");
  if (!identity::on_p256(key.get())) {
    Error error = refused("is of a key that is not on the curve P-256");
    error.code = Errc::unsupported;
    return error;
  }
  if (::X509_REQ_verify(request.get(), key.get()) != 1)
    return refused("is not signed by its own key");
  const auto digest = identity::public_digest(key.get());
  return RequestedKey{std::move(key), identity::sha256(der), digest};
}

}  // namespace sobriety::collector
