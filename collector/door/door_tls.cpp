#include "collector/door/door_tls.hpp"

#include "collector/door/enrolment.hpp"
#include "proto/wire/frame.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ssl/context.hpp>

namespace sobriety::collector {

namespace {

// Whether the protocols that a client offers, each behind its length, have this one among them.
bool offers(std::string_view offered, std::string_view protocol) {
  while (!offered.empty()) {
    const auto size = static_cast<unsigned char>(offered.front());
    if (offered.substr(1, size) == protocol) return true;
    offered.remove_prefix(std::min<std::size_t>(offered.size(), 1U + size));
  }
  return false;
}

// A certificate that ended lately is still good enough to ask for the next one.
int accept_lately_expired(int accepted, X509_STORE_CTX* check) {
  constexpr long seconds_a_day = 86'400;
  if (accepted == 1) return 1;
  if (::X509_STORE_CTX_get_error(check) != X509_V_ERR_CERT_HAS_EXPIRED) return 0;
  if (::X509_STORE_CTX_get_error_depth(check) != 0) return 0;
  int days = 0;
  int seconds = 0;
  const X509* certificate = ::X509_STORE_CTX_get_current_cert(check);
  if (::ASN1_TIME_diff(&days, &seconds, ::X509_get0_notAfter(certificate), nullptr) != 1) return 0;
  const std::chrono::seconds over{days * seconds_a_day + seconds};
  if (over > late_renewal) return 0;
  ::X509_STORE_CTX_set_error(check, X509_V_OK);
  return 1;
}

template <bool enrolment_offered>
int choose(SSL* session, const unsigned char** chosen, unsigned char* size,
           const unsigned char* offered, unsigned offered_size, void*) {
  const std::string_view list{reinterpret_cast<const char*>(offered), offered_size};
  std::string_view protocol = wire::alpn_telemetry;
  if (!offers(list, protocol)) {
    protocol = wire::alpn_enrolment;
    if (!enrolment_offered || !offers(list, protocol)) return SSL_TLSEXT_ERR_ALERT_FATAL;
    ::SSL_set_verify(session, SSL_VERIFY_PEER, accept_lately_expired);
  }
  *chosen = reinterpret_cast<const unsigned char*>(protocol.data());
  *size = static_cast<unsigned char>(protocol.size());
  return SSL_TLSEXT_ERR_OK;
}

// OpenSSL does not ask choose() where a client offers nothing.
int demand_protocol(SSL* session, int* alert, void*) {
  const unsigned char* ignored = nullptr;
  std::size_t size = 0;
  if (::SSL_client_hello_get0_ext(session, TLSEXT_TYPE_application_layer_protocol_negotiation,
                                  &ignored, &size) == 1)
    return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  return SSL_CLIENT_HELLO_ERROR;
}

}  // namespace

std::string_view to_string(Handshake handshake) {
  switch (handshake) {
    case Handshake::completed:
      return "completed";
    case Handshake::no_certificate:
      return "no_certificate";
    case Handshake::expired:
      return "expired";
    case Handshake::not_yet_valid:
      return "not_yet_valid";
    case Handshake::untrusted:
      return "untrusted";
    case Handshake::unfit:
      return "unfit";
    case Handshake::left:
      return "left";
    case Handshake::late:
      return "late";
    case Handshake::overloaded:
      return "overloaded";
  }
  return "other";
}

Result<tls::Context> door_context(const tls::KeyFiles& own, const std::filesystem::path& client_ca,
                                  bool enrolment_offered) {
  BOOST_OUTCOME_TRY(auto context, tls::server_context(own, client_ca));
  SSL_CTX* raw = context->native_handle();
  ::SSL_CTX_set_alpn_select_cb(raw, enrolment_offered ? choose<true> : choose<false>, nullptr);
  ::SSL_CTX_set_client_hello_cb(raw, demand_protocol, nullptr);
  return context;
}

Handshake failed_handshake(const Channel& channel) {
  switch (::SSL_get_verify_result(channel.tls())) {
    case X509_V_OK:
      break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Handshake::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Handshake::not_yet_valid;
    default:
      return Handshake::untrusted;
  }
  if (ERR_GET_REASON(channel.failure_code()) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
    return Handshake::no_certificate;
  return channel.failure().empty() ? Handshake::left : Handshake::unfit;
}

}  // namespace sobriety::collector
