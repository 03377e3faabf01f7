#include "proto/runtime/channel.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <boost/asio/ssl/context.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace sobriety {

namespace {

// OpenSSL's own BIO for sockets writes by write(2), which raises SIGPIPE.

int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(::BIO_get_data(bio)));
}

int told(BIO* bio, ssize_t size) {
  BIO_clear_retry_flags(bio);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) ::BIO_set_flags(bio, BIO_FLAGS_SHOULD_RETRY);
  return static_cast<int>(size);
}

int write_socket(BIO* bio, const char* bytes, int size) {
  const int result =
      told(bio, ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL));
  if (::BIO_should_retry(bio)) BIO_set_retry_write(bio);
  return result;
}

int read_socket(BIO* bio, char* bytes, int size) {
  const int result = told(bio, ::recv(socket_of(bio), bytes, static_cast<std::size_t>(size), 0));
  if (::BIO_should_retry(bio)) BIO_set_retry_read(bio);
  if (result == 0) ::BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return result;
}

long control_socket(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return ::BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

const BIO_METHOD* socket_method() {
  static const auto method = [] {
    BIO_METHOD* made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    ::BIO_meth_set_write(made, write_socket);
    ::BIO_meth_set_read(made, read_socket);
    ::BIO_meth_set_ctrl(made, control_socket);
    return made;
  }();
  return method;
}

void attach(BIO* bio, int socket) {
  ::BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  ::BIO_set_init(bio, 1);
}

}  // namespace

void Channel::Free::operator()(SSL* session) const { ::SSL_free(session); }

Result<void> Channel::begin(const tls::Context& context) {
  tls_.reset(::SSL_new(context->native_handle()));
  BIO* bio = tls_ ? ::BIO_new(socket_method()) : nullptr;
  if (bio == nullptr) return fail(Errc::exhausted, "no TLS session: " + tls::take_failure());
  error_code error;
  socket_.non_blocking(true, error);
  if (error) return fail(Errc::broken, "no TLS session: " + error.message());
  attach(bio, socket_.native_handle());
  ::SSL_set_bio(tls_.get(), bio, bio);
  return success();
}

Result<void> Channel::secure_as_server(const tls::Context& context) {
  BOOST_OUTCOME_TRY(begin(context));
  ::SSL_set_accept_state(tls_.get());
  return success();
}

Result<void> Channel::secure_as_client(const tls::Context& context, const std::string& server_name,
                                       std::string_view protocol) {
  BOOST_OUTCOME_TRY(begin(context));
  SSL* session = tls_.get();
  ::SSL_set_connect_state(session);
  const std::string offered =
      std::string(1, static_cast<char>(protocol.size())) + std::string{protocol};
  ::SSL_set_alpn_protos(session, reinterpret_cast<const unsigned char*>(offered.data()),
                        static_cast<unsigned>(offered.size()));
  if (server_name.empty()) return success();
  error_code no_address;
  net::ip::make_address(server_name, no_address);
  const bool named = no_address ? ::SSL_set1_host(session, server_name.c_str()) == 1 &&
                                      SSL_set_tlsext_host_name(session, server_name.c_str()) == 1
                                : ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(session),
                                                                  server_name.c_str()) == 1;
  if (!named) return fail(Errc::malformed, "'" + server_name + "' is no name of a server");
  return success();
}

std::optional<tcp::socket::wait_type> Channel::wanted(int outcome) {
  switch (::SSL_get_error(tls_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      return tcp::socket::wait_read;
    case SSL_ERROR_WANT_WRITE:
      return tcp::socket::wait_write;
    case SSL_ERROR_ZERO_RETURN:
      failure_code_ = 0;
      failure_.clear();
      return std::nullopt;
    default:
      break;
  }
  failure_code_ = ::ERR_peek_last_error();
  failure_ = failure_code_ != 0 ? tls::take_failure() : std::string{};
  const bool just_ended = ERR_GET_REASON(failure_code_) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (just_ended) failure_.clear();
  return std::nullopt;
}

Task<Result<void>> Channel::handshake() {
  while (socket_.is_open()) {
    ::ERR_clear_error();
    const int outcome = ::SSL_do_handshake(tls_.get());
    if (outcome == 1) co_return success();
    const auto what = wanted(outcome);
    if (!what) {
      const long verdict = ::SSL_get_verify_result(tls_.get());
      if (verdict != X509_V_OK)
        co_return fail(Errc::denied, "the other side's certificate is not believed: " +
                                         tls::verdict_text(verdict));
      if (failure_.empty()) break;
      co_return fail(Errc::broken, failure_);
    }
    auto [error] = co_await socket_.async_wait(*what, as_result);
    if (error) co_return fail(Errc::closed, error.message());
  }
  co_return fail(Errc::closed, "the connection was closed");
}

std::string_view Channel::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  if (tls_) ::SSL_get0_alpn_selected(tls_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::size_t Channel::write_some(std::string_view bytes, error_code& error) {
  error = {};
  std::size_t sent = 0;
  if (!tls_) {
    if (!socket_.non_blocking()) socket_.non_blocking(true, error);
    return error ? 0 : socket_.write_some(net::buffer(bytes.data(), bytes.size()), error);
  }
  while (sent < bytes.size() && !error) {
    if (!socket_.is_open()) {
      error = net::error::bad_descriptor;
      break;
    }
    ::ERR_clear_error();
    std::size_t size = 0;
    const int outcome = ::SSL_write_ex(tls_.get(), bytes.data() + sent, bytes.size() - sent, &size);
    sent += size;
    if (outcome == 1) continue;
    error = wanted(outcome) ? net::error::would_block : net::error::broken_pipe;
  }
  return sent;
}

Task<error_code> Channel::writable() {
  auto [error] = co_await socket_.async_wait(tcp::socket::wait_write, as_result);
  co_return error;
}

Task<bool> Channel::read_some(std::string& buffer, std::size_t most) {
  const std::size_t held = buffer.size();
  while (tls_ && socket_.is_open()) {
    buffer.resize(held + most);
    std::size_t size = 0;
    ::ERR_clear_error();
    const int outcome = ::SSL_read_ex(tls_.get(), buffer.data() + held, most, &size);
    buffer.resize(held + size);
    if (outcome == 1) co_return true;
    const auto what = wanted(outcome);
    if (!what) co_return false;
    auto [error] = co_await socket_.async_wait(*what, as_result);
    if (error) co_return false;
  }
  if (tls_) co_return false;
  buffer.resize(held + most);
  const auto space = net::buffer(buffer.data() + held, most);
  auto [error, size] = co_await socket_.async_read_some(space, as_result);
  buffer.resize(held + size);
  co_return !error && size > 0;
}

std::optional<Channel> Channel::moved_to(net::io_context& context) && {
  error_code error;
  const auto protocol = socket_.local_endpoint(error).protocol();
  if (error) return std::nullopt;
  const auto handle = socket_.release(error);
  if (error) return std::nullopt;
  Channel moved{tcp::socket{context, protocol, handle}};
  moved.tls_ = std::move(tls_);
  if (moved.tls_) moved.socket_.non_blocking(true, error);
  return moved;
}

void Channel::shutdown_send() {
  if (tls_ && socket_.is_open() && ::SSL_is_init_finished(tls_.get()) == 1) {
    ::ERR_clear_error();
    ::SSL_shutdown(tls_.get());
    ::ERR_clear_error();
  }
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Channel::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Channel::close() {
  // Another connection may get the descriptor's number.
  if (tls_) attach(::SSL_get_rbio(tls_.get()), -1);
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace sobriety
