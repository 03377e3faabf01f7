#include "collector/web/protection.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace sobriety::collector {

namespace {

int version_of(TlsVersion version) {
  return version == TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

// The list that OpenSSL wants, from names of IANA's; those of TLS 1.3 cannot be chosen there.
Result<std::string> suite_list(const WebConfig::Tls& tls) {
  std::string list;
  for (const std::string& name : tls.cipher_suites) {
    if (name == "TLS_AES_128_GCM_SHA256" || name == "TLS_AES_256_GCM_SHA384" ||
        name == "TLS_CHACHA20_POLY1305_SHA256")
      continue;
    const std::string_view known = ::OPENSSL_cipher_name(name.c_str());
    if (known == "(NONE)")
      return fail(Errc::unsupported,
                  "tls_server_config.cipher_suites: OpenSSL knows no " + yaml::shown(name));
    list.append(list.empty() ? "" : ":").append(known);
  }
  return list;
}

Result<void> choose_ciphers(SSL_CTX* context, const WebConfig::Tls& tls) {
  BOOST_OUTCOME_TRY(const auto suites, suite_list(tls));
  if (!suites.empty() && ::SSL_CTX_set_cipher_list(context, suites.c_str()) != 1)
    return fail(Errc::unsupported, "tls_server_config.cipher_suites: none that OpenSSL allows: " +
                                       tls::take_failure());
  std::string curves;
  for (const std::string& curve : tls.curves)
    curves.append(curves.empty() ? "" : ":").append(curve);
  if (!curves.empty() && ::SSL_CTX_set1_groups_list(context, curves.c_str()) != 1)
    return fail(Errc::unsupported, "tls_server_config.curve_preferences: " + tls::take_failure());
  if (tls.prefer_server_suites) ::SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  return success();
}

// As Go prints it.
std::string name_text(const GENERAL_NAME& name) {
  const auto text = [](const ASN1_STRING* value) {
    return std::string{reinterpret_cast<const char*>(::ASN1_STRING_get0_data(value)),
                       static_cast<std::size_t>(::ASN1_STRING_length(value))};
  };
  switch (name.type) {
    case GEN_DNS:
      return text(name.d.dNSName);
    case GEN_EMAIL:
      return text(name.d.rfc822Name);
    case GEN_URI:
      return text(name.d.uniformResourceIdentifier);
    case GEN_IPADD: {
      const std::string bytes = text(name.d.iPAddress);
      std::array<char, INET6_ADDRSTRLEN> shown{};
      if (bytes.size() == 4 || bytes.size() == 16)
        ::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), shown.data(),
                    shown.size());
      return shown.data();
    }
    default:
      return {};
  }
}

bool has_name(const X509& certificate, const std::vector<std::string>& wanted) {
  auto* names = static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  bool found = false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; ++i) {
    const std::string name = name_text(*sk_GENERAL_NAME_value(names, i));
    found = !name.empty() && std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  }
  ::GENERAL_NAMES_free(names);
  return found;
}

void check_clients(boost::asio::ssl::context& context, const WebConfig::Tls& tls) {
  namespace ssl = boost::asio::ssl;
  const ClientAuth auth = tls.client_auth;
  if (auth == ClientAuth::none) return;
  const bool needed = auth == ClientAuth::require || auth == ClientAuth::require_any;
  const bool verified = auth == ClientAuth::require || auth == ClientAuth::verify_if_given;
  context.set_verify_mode(needed ? ssl::verify_peer | ssl::verify_fail_if_no_peer_cert
                                 : ssl::verify_peer);
  context.set_verify_callback(
      [verified, names = tls.client_sans](bool good, ssl::verify_context& check) {
        X509_STORE_CTX* store = check.native_handle();
        if (verified && !good) return false;
        if (::X509_STORE_CTX_get_error_depth(store) > 0 || names.empty()) return true;
        const X509* certificate = ::X509_STORE_CTX_get_current_cert(store);
        return certificate != nullptr && has_name(*certificate, names);
      });
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned offered_length, void*) {
  static constexpr unsigned char http[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (::SSL_select_next_proto(&found, length, http, sizeof http - 1, offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<tls::Context> web_context(const WebConfig::Tls& tls) {
  const bool looks =
      tls.client_auth == ClientAuth::verify_if_given || tls.client_auth == ClientAuth::require;
  BOOST_OUTCOME_TRY(auto context,
                    tls::server_context({tls.certificate, tls.key},
                                        looks ? tls.client_ca : std::filesystem::path{}));
  SSL_CTX* raw = context->native_handle();
  ::SSL_CTX_set_min_proto_version(raw, version_of(tls.least));
  ::SSL_CTX_set_max_proto_version(raw, version_of(tls.most));
  ::SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  ::SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  BOOST_OUTCOME_TRY(choose_ciphers(raw, tls));
  check_clients(*context, tls);
  return context;
}

}  // namespace sobriety::collector
