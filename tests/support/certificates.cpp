#include "tests/support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace sobriety::test {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open_file(const std::filesystem::path& path, const char* mode) {
  File file{std::fopen(path.c_str(), mode), &std::fclose};
  if (!file) throw std::runtime_error{"cannot open " + path.string()};
  return file;
}

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error{std::string{"OpenSSL: "} + what};
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  must(extension != nullptr, value.c_str());
  ::X509_add_ext(certificate, extension, -1);
  ::X509_EXTENSION_free(extension);
}

X509* blank(EVP_PKEY* key, long serial, const std::string& name, const Wish& wish) {
  X509* certificate = ::X509_new();
  ::X509_set_version(certificate, X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), serial);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate), static_cast<long>(wish.from.count()));
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate), static_cast<long>(wish.to.count()));
  ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  ::X509_set_pubkey(certificate, key);
  return certificate;
}

}  // namespace

std::string host_uri(const std::string& uuid) { return "URI:sobriety://host/" + uuid; }

Authority::Authority(std::filesystem::path directory, const std::string& name)
    : directory_(std::move(directory)),
      bundle_(directory_ / (name + ".pem")),
      key_(EVP_EC_gen("P-256")),
      certificate_(blank(key_, 1, name, {})) {
  ::X509_set_issuer_name(certificate_, ::X509_get_subject_name(certificate_));
  extend(certificate_, certificate_, NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate_, certificate_, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(certificate_, certificate_, NID_subject_key_identifier, "hash");
  must(::X509_sign(certificate_, key_, ::EVP_sha256()) > 0, "sign");
  must(::PEM_write_X509(open_file(bundle_, "w").get(), certificate_) == 1, "write");
}

Authority::~Authority() {
  ::X509_free(certificate_);
  ::EVP_PKEY_free(key_);
}

Issued Authority::issue(const std::string& file, const Wish& wish) {
  Issued issued{directory_ / (file + ".pem"), directory_ / (file + ".key")};
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = blank(key, ++serial_, file, wish);
  ::X509_set_issuer_name(certificate, ::X509_get_subject_name(certificate_));
  extend(certificate, certificate_, NID_basic_constraints, "critical,CA:FALSE");
  if (!wish.usage.empty()) extend(certificate, certificate_, NID_ext_key_usage, wish.usage);
  if (!wish.names.empty()) extend(certificate, certificate_, NID_subject_alt_name, wish.names);
  must(::X509_sign(certificate, key_, ::EVP_sha256()) > 0, "sign");
  const auto out = open_file(issued.certificate, "w");
  must(::PEM_write_X509(out.get(), certificate) == 1, "write");
  must(::PEM_write_X509(out.get(), certificate_) == 1, "write");
  must(::PEM_write_PrivateKey(open_file(issued.key, "w").get(), key, nullptr, nullptr, 0, nullptr,
                              nullptr) == 1,
       "write");
  ::X509_free(certificate);
  ::EVP_PKEY_free(key);
  return issued;
}

void FreeCertificate::operator()(X509* certificate) const { ::X509_free(certificate); }

Certificate read_certificate(const std::filesystem::path& path) {
  Certificate certificate{::PEM_read_X509(open_file(path, "r").get(), nullptr, nullptr, nullptr)};
  must(certificate != nullptr, "read");
  return certificate;
}

}  // namespace sobriety::test
