// What an agent's certificate says: the part of tls.hpp that reads bytes of others.
#include "proto/runtime/tls.hpp"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <string_view>

namespace sobriety::tls {

namespace {

constexpr std::string_view host_prefix = "sobriety://host/";

// Deletes what OpenSSL made.
template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Names = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;

Error malformed(std::string what) {
  return {Errc::malformed, "the certificate " + std::move(what)};
}

// The host that the certificate's only name of that kind names.
Result<HostId> host_of(const X509& certificate) {
  const Names names{static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr))};
  std::optional<HostId> host;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    const std::string_view uri{reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(::ASN1_STRING_length(text))};
    if (!uri.starts_with(host_prefix)) continue;
    const auto id = parse_hex_id(uri.substr(host_prefix.size()));
    if (!id) return malformed("names no host: its name is not sobriety://host/ and a UUID");
    if (host) return malformed("names two hosts");
    host = HostId{id.value()};
  }
  if (!host) return malformed("names no host: it has no name URI:sobriety://host/<uuid>");
  return *host;
}

Result<WallTime> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (::ASN1_TIME_to_tm(time, &parts) != 1) return malformed("has a date that is none");
  return WallTime{std::chrono::seconds{::timegm(&parts)}};
}

std::string serial_of(const X509& certificate) {
  const Number number{::ASN1_INTEGER_to_BN(::X509_get0_serialNumber(&certificate), nullptr)};
  std::vector<std::uint8_t> bytes(number ? static_cast<std::size_t>(BN_num_bytes(number.get()))
                                         : 0);
  if (!bytes.empty()) ::BN_bn2bin(number.get(), bytes.data());
  return to_hex(bytes);
}

}  // namespace

Digest key_digest(const X509& certificate) {
  std::uint8_t* encoded = nullptr;
  const int size = ::i2d_X509_PUBKEY(::X509_get_X509_PUBKEY(&certificate), &encoded);
  Digest digest{};
  if (size > 0)
    ::EVP_Digest(encoded, static_cast<std::size_t>(size), digest.data(), nullptr, ::EVP_sha256(),
                 nullptr);
  ::OPENSSL_free(encoded);
  return digest;
}

Result<PeerCertificate> peer_certificate(const X509& certificate) {
  PeerCertificate peer;
  BOOST_OUTCOME_TRY(peer.host, host_of(certificate));
  peer.serial = serial_of(certificate);
  ::X509_digest(&certificate, ::EVP_sha256(), peer.fingerprint.data(), nullptr);
  peer.key = key_digest(certificate);
  BOOST_OUTCOME_TRY(peer.not_before, time_of(::X509_get0_notBefore(&certificate)));
  BOOST_OUTCOME_TRY(peer.not_after, time_of(::X509_get0_notAfter(&certificate)));
  return peer;
}

}  // namespace sobriety::tls
