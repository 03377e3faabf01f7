// An authority of one certificate, which issues what an agent asks for: what enrolment needs of a
// collector.
#pragma once

#include "proto/identity/certificate.hpp"
#include "proto/identity/key.hpp"
#include "proto/wire/enrolment.hpp"

#include <openssl/x509.h>

#include <chrono>
#include <string>

namespace sobriety::test {

class SmallAuthority {
 public:
  SmallAuthority() : root_(sign(key_.handle())) {}

  [[nodiscard]] const identity::Certificate& root() const { return root_; }

  // What is issued for the key of a request (PKCS #10, DER).
  [[nodiscard]] wire::EnrolReply issue(const std::string& request, const HostId& host,
                                       std::chrono::seconds from = std::chrono::seconds{0},
                                       std::chrono::seconds to = std::chrono::hours{720}) const {
    const auto* at = reinterpret_cast<const unsigned char*>(request.data());
    const identity::RequestHandle read{
        ::d2i_X509_REQ(nullptr, &at, static_cast<long>(request.size()))};
    wire::EnrolReply reply;
    reply.result = wire::EnrolResult::issued;
    reply.host = host;
    reply.certificate = sign(::X509_REQ_get0_pubkey(read.get()), from, to).der();
    reply.authorities = {root_.der()};
    return reply;
  }

 private:
  [[nodiscard]] identity::Certificate sign(EVP_PKEY* key,
                                           std::chrono::seconds from = std::chrono::seconds{0},
                                           std::chrono::seconds to = std::chrono::hours{
                                               720}) const {
    identity::CertificateHandle made{::X509_new()};
    ::ASN1_INTEGER_set(::X509_get_serialNumber(made.get()), ++serial_);
    ::ASN1_TIME_set(::X509_getm_notBefore(made.get()), epoch + from.count());
    ::ASN1_TIME_set(::X509_getm_notAfter(made.get()), epoch + to.count());
    ::X509_set_pubkey(made.get(), key);
    ::X509_sign(made.get(), key_.handle(), ::EVP_sha256());
    return identity::Certificate{std::move(made)};
  }

  mutable long serial_ = 41;
  static constexpr std::time_t epoch = 1'800'000'000;
  identity::Key key_ = identity::Key::generate();
  identity::Certificate root_;
};

}  // namespace sobriety::test
