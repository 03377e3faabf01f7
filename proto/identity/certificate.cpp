#include "proto/identity/certificate.hpp"

#include "proto/identity/key.hpp"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

namespace sobriety::identity {

namespace {

WallTime wall_time(const ASN1_TIME* time) {
  std::tm fields{};
  ::ASN1_TIME_to_tm(time, &fields);
  return WallTime{std::chrono::seconds{::timegm(&fields)}};
}

std::string name_of(const GENERAL_NAME& name) {
  const auto* bytes = name.type == GEN_IPADD ? name.d.iPAddress : name.d.dNSName;
  const auto* data = ::ASN1_STRING_get0_data(bytes);
  const auto size = static_cast<std::size_t>(::ASN1_STRING_length(bytes));
  if (name.type == GEN_DNS) return {reinterpret_cast<const char*>(data), size};
  char text[INET6_ADDRSTRLEN] = {};
  if (size == 4 || size == 16) ::inet_ntop(size == 4 ? AF_INET : AF_INET6, data, text, sizeof text);
  return text;
}

}  // namespace

Result<Certificate> Certificate::from_der(std::string_view bytes, std::string_view name) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  CertificateHandle handle{::d2i_X509(nullptr, &at, static_cast<long>(bytes.size()))};
  if (!handle) return openssl_error(std::string{name} + ": is no certificate");
  if (at != reinterpret_cast<const unsigned char*>(bytes.data() + bytes.size()))
    return fail(Errc::malformed, std::string{name} + ": has bytes behind its certificate");
  return Certificate{std::move(handle)};
}

std::string Certificate::der() const {
  unsigned char* bytes = nullptr;
  const int size = ::i2d_X509(handle_.get(), &bytes);
  std::string text{reinterpret_cast<const char*>(bytes),
                   static_cast<std::size_t>(std::max(size, 0))};
  ::OPENSSL_free(bytes);
  return text;
}

std::string Certificate::pem() const {
  const Bio bio = buffer();
  ::PEM_write_bio_X509(bio.get(), handle_.get());
  return std::string{written(bio)};
}

std::string Certificate::serial() const {
  const std::unique_ptr<BIGNUM, Free<::BN_free>> number{
      ::ASN1_INTEGER_to_BN(::X509_get0_serialNumber(handle_.get()), nullptr)};
  char* digits = ::BN_bn2hex(number.get());
  std::string text{digits};
  ::OPENSSL_free(digits);
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

std::string Certificate::subject() const {
  const Bio bio = buffer();
  ::X509_NAME_print_ex(bio.get(), ::X509_get_subject_name(handle_.get()), 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  return std::string{written(bio)};
}

Digest Certificate::fingerprint() const { return sha256(der()); }

Digest Certificate::public_digest() const {
  return identity::public_digest(::X509_get0_pubkey(handle_.get()));
}

WallTime Certificate::not_before() const { return wall_time(::X509_get0_notBefore(handle_.get())); }

WallTime Certificate::not_after() const { return wall_time(::X509_get0_notAfter(handle_.get())); }

std::vector<std::string> Certificate::names() const {
  const std::unique_ptr<GENERAL_NAMES, Free<::GENERAL_NAMES_free>> all{static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(handle_.get(), NID_subject_alt_name, nullptr, nullptr))};
  std::vector<std::string> names;
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME& name = *sk_GENERAL_NAME_value(all.get(), i);
    if (name.type == GEN_DNS || name.type == GEN_IPADD) names.push_back(name_of(name));
  }
  return names;
}

bool Certificate::signed_by(const Certificate& issuer) const {
  const bool good = ::X509_verify(handle_.get(), ::X509_get0_pubkey(issuer.handle())) == 1;
  ::ERR_clear_error();
  return good;
}

Result<std::vector<Certificate>> certificates_of_pem(std::string_view text, std::string_view name) {
  const Bio bio = read_only(text);
  std::vector<Certificate> certificates;
  while (auto* read = ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    certificates.emplace_back(CertificateHandle{read});
  // The end is an error of its own kind; another one is of a block that is damaged.
  const unsigned long code = ::ERR_peek_last_error();
  if (ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
    return openssl_error(std::string{name} + ": has a damaged certificate");
  ::ERR_clear_error();
  if (certificates.empty())
    return fail(Errc::malformed, std::string{name} + ": has no certificate");
  return certificates;
}

}  // namespace sobriety::identity
