#include "proto/runtime/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <unistd.h>

#include <boost/asio/ssl/context.hpp>

#include <cerrno>

namespace sobriety::tls {

namespace {

namespace ssl = boost::asio::ssl;

constexpr long max_certificate_list = 32 * 1024;  // of a peer that nobody knows yet
constexpr int max_chain = 4;                      // authorities above a certificate

Error broken(const std::filesystem::path& path, std::string_view what) {
  return {Errc::broken, path.string() + ": " + std::string{what} + ": " + take_failure()};
}

Result<Context> bare_context(const SSL_METHOD* method) {
  SSL_CTX* raw = ::SSL_CTX_new(method);
  if (raw == nullptr) return fail(Errc::exhausted, "no TLS context: " + take_failure());
  auto context = std::make_shared<ssl::context>(raw);
  ::SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
  ::SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_num_tickets(raw, 0);
  ::SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_max_cert_list(raw, max_certificate_list);
  ::SSL_CTX_set_verify_depth(raw, max_chain);
  return context;
}

// OpenSSL's own words for a file that is absent or denied are of no use.
Result<void> readable(const std::filesystem::path& path) {
  if (::access(path.c_str(), R_OK) != 0) return system_error(errno, "cannot read " + path.string());
  return success();
}

Result<void> show(SSL_CTX* context, const KeyFiles& own) {
  BOOST_OUTCOME_TRY(readable(own.certificate));
  BOOST_OUTCOME_TRY(readable(own.key));
  if (::SSL_CTX_use_certificate_chain_file(context, own.certificate.c_str()) != 1)
    return broken(own.certificate, "not a certificate in PEM that can be read");
  if (::SSL_CTX_use_PrivateKey_file(context, own.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return broken(own.key,
                  "not the private key of " + own.certificate.string() + " in PEM, unencrypted");
  return success();
}

Result<void> trust_bundle(SSL_CTX* context, const std::filesystem::path& path) {
  BOOST_OUTCOME_TRY(readable(path));
  if (::SSL_CTX_load_verify_file(context, path.c_str()) != 1)
    return broken(path, "no certificates of authorities in PEM that can be read");
  // An issuing authority may be trusted by itself: its root can be kept elsewhere.
  ::X509_STORE_set_flags(::SSL_CTX_get_cert_store(context), X509_V_FLAG_PARTIAL_CHAIN);
  return success();
}

// Puts the pinned authority, where the server sent it, in the place of all others.
int verify_by_pin(X509_STORE_CTX* check, void* pin) {
  STACK_OF(X509)* sent = ::X509_STORE_CTX_get0_untrusted(check);
  X509* pinned = nullptr;
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* candidate = sk_X509_value(sent, i);
    if (::X509_check_ca(candidate) > 0 && key_digest(*candidate) == static_cast<CaPin*>(pin)->key)
      pinned = candidate;
  }
  if (pinned == nullptr) {
    ::X509_STORE_CTX_set_error(check, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
  }
  STACK_OF(X509)* anchors = sk_X509_new_null();
  sk_X509_push(anchors, pinned);
  ::X509_STORE_CTX_set0_trusted_stack(check, anchors);
  ::X509_STORE_CTX_set_flags(check, X509_V_FLAG_PARTIAL_CHAIN);
  const int verdict = ::X509_verify_cert(check);
  sk_X509_free(anchors);
  return verdict;
}

void free_pin(void*, void* pin, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<CaPin*>(pin);
}

void trust_pin(SSL_CTX* context, const CaPin& pin) {
  static const int slot = ::SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_pin);
  auto* kept = new CaPin{pin};  // lives as long as the context
  ::SSL_CTX_set_ex_data(context, slot, kept);
  ::SSL_CTX_set_cert_verify_callback(context, verify_by_pin, kept);
}

}  // namespace

std::string take_failure() {
  const unsigned long code = ::ERR_peek_last_error();
  const char* reason = ::ERR_reason_error_string(code);
  std::string text = reason != nullptr ? reason : "no reason given";
  ::ERR_clear_error();
  return text;
}

std::string verdict_text(long verdict) {
  if (verdict == X509_V_ERR_APPLICATION_VERIFICATION)
    return "its authority is not the one whose key is pinned";
  return ::X509_verify_cert_error_string(verdict);
}

Result<Context> server_context(const KeyFiles& own, const std::filesystem::path& client_ca) {
  BOOST_OUTCOME_TRY(auto context, bare_context(::TLS_server_method()));
  SSL_CTX* raw = context->native_handle();
  BOOST_OUTCOME_TRY(show(raw, own));
  if (client_ca.empty()) return context;
  BOOST_OUTCOME_TRY(trust_bundle(raw, client_ca));
  ::SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

Result<Context> client_context(const Trust& trust, const std::optional<KeyFiles>& own) {
  BOOST_OUTCOME_TRY(auto context, bare_context(::TLS_client_method()));
  SSL_CTX* raw = context->native_handle();
  if (own) {
    BOOST_OUTCOME_TRY(show(raw, *own));
  }
  if (const auto* bundle = std::get_if<CaFile>(&trust)) {
    BOOST_OUTCOME_TRY(trust_bundle(raw, bundle->path));
  }
  if (const auto* pin = std::get_if<CaPin>(&trust)) trust_pin(raw, *pin);
  ::SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  return context;
}

Result<std::shared_ptr<Renewable>> Renewable::make(std::vector<std::filesystem::path> files,
                                                   Load load) {
  std::shared_ptr<Renewable> made{new Renewable{std::move(files), std::move(load)}};
  BOOST_OUTCOME_TRY(made->look(true));
  return made;
}

Context Renewable::now() const {
  const std::lock_guard lock{mutex_};
  return context_;
}

Result<bool> Renewable::look(bool in_any_case) {
  const std::lock_guard one_at_a_time{looking_};
  auto fresh = stamps();
  if (!in_any_case && fresh == seen_) return false;
  seen_ = std::move(fresh);
  BOOST_OUTCOME_TRY(auto loaded, load_());
  const std::lock_guard lock{mutex_};
  context_ = std::move(loaded);
  return true;
}

std::vector<FileStamp> Renewable::stamps() const {
  std::vector<FileStamp> stamps;
  for (const auto& file : files_) stamps.push_back(stamp_of(file));
  return stamps;
}

}  // namespace sobriety::tls
