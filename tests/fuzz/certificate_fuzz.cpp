// What an agent's certificate says, from any bytes that OpenSSL takes for a certificate.
#include "proto/runtime/tls.hpp"
#include "tests/fuzz/promise.hpp"

#include <openssl/x509.h>

#include <memory>

using namespace sobriety;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::unique_ptr<X509, decltype(&::X509_free)> certificate{
      ::d2i_X509(nullptr, &data, static_cast<long>(size)), &::X509_free};
  if (certificate == nullptr) return 0;
  const auto peer = tls::peer_certificate(*certificate);
  if (!peer) {
    fuzz::must(peer.error().code == Errc::malformed);
    return 0;
  }
  fuzz::must(peer.value().serial.size() % 2 == 0 && peer.value().serial.size() <= 2 * size);
  fuzz::must(peer.value().key == tls::key_digest(*certificate));
  fuzz::must(peer.value() == tls::peer_certificate(*certificate).value());
  return 0;
}
