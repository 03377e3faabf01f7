#include "collector/identity/issuance.hpp"

#include "collector/identity/names.hpp"
#include "proto/base/ids.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace sobriety::collector {

namespace {

using identity::Certificate;
using identity::CertificateHandle;
using identity::Free;
using identity::openssl_error;

struct Extension {
  int nid;
  std::string value;  // as openssl.cnf has it
};

// 127 random bits: no two certificates have the same, and it is positive.
bool set_serial(X509* certificate) {
  unsigned char bytes[16];
  if (::RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7fU) | 0x40U);
  const std::unique_ptr<BIGNUM, Free<::BN_free>> number{::BN_bin2bn(bytes, sizeof bytes, nullptr)};
  return number && ::BN_to_ASN1_INTEGER(number.get(), ::X509_get_serialNumber(certificate));
}

bool set_time(ASN1_TIME* time, WallTime value) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(value.time_since_epoch()).count();
  return ::ASN1_TIME_set(time, seconds) != nullptr;
}

bool set_subject(X509* certificate, const std::string& name) {
  return ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(name.data()),
                                      static_cast<int>(name.size()), -1, 0) == 1;
}

bool add(X509* certificate, X509* issuer, const Extension& extension) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<::X509_EXTENSION_free>> made{
      ::X509V3_EXT_conf_nid(nullptr, &context, extension.nid, extension.value.c_str())};
  return made && ::X509_add_ext(certificate, made.get(), -1) == 1;
}

// `signer` null: signed by `own`, which then is `key`.
Result<Certificate> make(EVP_PKEY* key, const Signer* signer, const identity::Key* own,
                         const std::string& subject, Validity validity,
                         std::vector<Extension> extensions) {
  CertificateHandle made{::X509_new()};
  X509* raw = made.get();
  X509* issuer = signer == nullptr ? raw : signer->certificate.handle();
  if (signer != nullptr) validity.to = std::min(validity.to, signer->certificate.not_after());
  if (validity.to <= validity.from)
    return fail(
        Errc::unavailable,
        "the authority itself has expired; sobriety-collector ca roll-over makes a new one");
  bool good = raw != nullptr && ::X509_set_version(raw, 2) == 1 &&  // X.509 v3
              set_serial(raw) && set_time(::X509_getm_notBefore(raw), validity.from) &&
              set_time(::X509_getm_notAfter(raw), validity.to) && set_subject(raw, subject) &&
              ::X509_set_issuer_name(raw, ::X509_get_subject_name(issuer)) == 1 &&
              ::X509_set_pubkey(raw, key) == 1;
  extensions.push_back({NID_subject_key_identifier, "hash"});
  if (signer != nullptr) extensions.push_back({NID_authority_key_identifier, "keyid:always"});
  for (const Extension& extension : extensions) good = good && add(raw, issuer, extension);
  EVP_PKEY* signing = signer == nullptr ? own->handle() : signer->key.handle();
  if (!good || ::X509_sign(raw, signing, ::EVP_sha256()) <= 0)
    return openssl_error("a certificate of " + subject + " cannot be made");
  return Certificate{std::move(made)};
}

// Authorities that follow one another differ by name.
std::string named_by_key(std::string_view what, const identity::Key& key) {
  return std::string{what} + " " + to_hex(key.public_digest()).substr(0, 8);
}

}  // namespace

Validity Validity::of(WallTime now, std::chrono::milliseconds lifetime) {
  const std::chrono::milliseconds lag =
      std::min<std::chrono::milliseconds>(std::chrono::hours{1}, lifetime / 10);
  return {now - lag, now + lifetime};
}

Result<Certificate> make_root(const identity::Key& key, Validity validity) {
  return make(key.handle(), nullptr, &key, named_by_key("sobriety root", key), validity,
              {{NID_basic_constraints, "critical,CA:TRUE,pathlen:1"},
               {NID_key_usage, "critical,keyCertSign,cRLSign"}});
}

Result<Certificate> make_issuing(const identity::Key& key, const Signer& root, Validity validity) {
  return make(key.handle(), &root, nullptr, named_by_key("sobriety issuing CA", key), validity,
              {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
               {NID_key_usage, "critical,keyCertSign,cRLSign"}});
}

Result<Certificate> make_server(const identity::Key& key, const Signer& issuing,
                                const std::vector<std::string>& names, Validity validity) {
  BOOST_OUTCOME_TRY(check_names(names));
  std::string alternatives;
  for (const std::string& name : names)
    alternatives.append(alternatives.empty() ? "" : ",")
        .append(is_address(name) ? "IP:" : "DNS:")
        .append(name);
  return make(key.handle(), &issuing, nullptr, "sobriety collector", validity,
              {{NID_basic_constraints, "critical,CA:FALSE"},
               {NID_key_usage, "critical,digitalSignature"},
               {NID_ext_key_usage, "serverAuth"},
               {NID_subject_alt_name, alternatives}});
}

Result<Certificate> make_host(EVP_PKEY* key, const Signer& issuing, const HostId& host,
                              Validity validity) {
  return make(key, &issuing, nullptr, host.hex(), validity,
              {{NID_basic_constraints, "critical,CA:FALSE"},
               {NID_key_usage, "critical,digitalSignature"},
               {NID_ext_key_usage, "clientAuth"},
               {NID_subject_alt_name, "URI:sobriety://host/" + host.hex()}});
}

Result<void> check_names(const std::vector<std::string>& names) {
  if (names.empty())
    return fail(Errc::malformed,
                "the collector has no name for its certificate; give those by which agents reach "
                "it, by --name or in identity.names");
  for (const std::string& name : names)
    if (const auto problem = problem_of_name(name); !problem.empty())
      return fail(Errc::malformed, "the collector's name '" + name + "' " + problem);
  return success();
}

}  // namespace sobriety::collector
