#include "tests/fleet/authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>

#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace sobriety::simulation {

namespace {

template <auto read>
auto from_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "r"),
                                                             &std::fclose};
  auto* object = file ? read(file.get(), nullptr, nullptr, nullptr) : nullptr;
  if (object == nullptr) throw std::runtime_error{"cannot read " + path.string()};
  return object;
}

void name(X509* certificate, const HostId& host) {
  const std::string uri = "URI:sobriety://host/" + host.hex();
  for (const auto& [kind, value] :
       {std::pair{NID_ext_key_usage, std::string{"clientAuth"}}, {NID_subject_alt_name, uri}}) {
    X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    ::X509_add_ext(certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
  }
}

}  // namespace

void Authority::FreeCertificate::operator()(X509* certificate) const { ::X509_free(certificate); }
void Authority::FreeKey::operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }

Authority::Authority(const std::filesystem::path& directory)
    : bundle_(directory / "ca.pem"),
      certificate_(from_file<PEM_read_X509>(bundle_)),
      key_(from_file<PEM_read_PrivateKey>(directory / "ca.key")),
      key_of_machines_(EVP_EC_gen("P-256")) {}

Result<tls::Context> Authority::context_of(const HostId& host) const {
  constexpr long day = 86'400;
  BOOST_OUTCOME_TRY(auto context, tls::client_context(tls::CaFile{bundle_}));
  const std::unique_ptr<X509, FreeCertificate> issued{::X509_new()};
  X509* certificate = issued.get();
  ::X509_set_version(certificate, X509_VERSION_3);
  std::uint64_t serial = 0;
  std::memcpy(&serial, host.bytes.data(), sizeof serial);
  ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(certificate), serial);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate), -day);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate), 30 * day);
  ::X509_set_issuer_name(certificate, ::X509_get_subject_name(certificate_.get()));
  ::X509_set_pubkey(certificate, key_of_machines_.get());
  name(certificate, host);
  const bool made = ::X509_sign(certificate, key_.get(), ::EVP_sha256()) > 0 &&
                    ::SSL_CTX_use_certificate(context->native_handle(), certificate) == 1 &&
                    ::SSL_CTX_use_PrivateKey(context->native_handle(), key_of_machines_.get()) == 1;
  if (!made) return fail(Errc::broken, "no certificate of a machine: " + tls::take_failure());
  return context;
}

}  // namespace sobriety::simulation
