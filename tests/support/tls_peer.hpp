// A peer that speaks the telemetry protocol under TLS, with OpenSSL over memory on its side.
#pragma once

#include "proto/runtime/tls.hpp"
#include "tests/support/frames.hpp"
#include "tests/support/peer.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sobriety::test {

class TlsPeer {
 public:
  // `protocol`: what is offered by ALPN; empty: nothing.
  TlsPeer(net::io_context& loop, const tcp::endpoint& where, tls::Context context,
          std::string_view protocol)
      : loop_(loop), context_(std::move(context)), raw_(loop, where), tls_(session_of(context_)) {
    ::SSL_set_connect_state(tls_.get());
    const std::string offer =
        std::string(1, static_cast<char>(protocol.size())) + std::string{protocol};
    if (!protocol.empty())
      ::SSL_set_alpn_protos(tls_.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                            static_cast<unsigned>(offer.size()));
  }

  // A server, of a connection that was accepted.
  TlsPeer(net::io_context& loop, tcp::socket socket, tls::Context context)
      : loop_(loop),
        context_(std::move(context)),
        raw_(loop, std::move(socket)),
        tls_(session_of(context_)) {
    ::SSL_set_accept_state(tls_.get());
  }

  // Done on this side: the server may still refuse the certificate.
  [[nodiscard]] bool shake_hands() {
    return run_until(loop_,
                     [this] {
                       pump();
                       return finished() || raw_.ended();
                     }) &&
           finished();
  }
  void send(std::string_view bytes) {
    std::size_t written = 0;  // a record at a time
    while (!bytes.empty() && ::SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &written) == 1)
      bytes.remove_prefix(written);
    flush();
  }
  // Waits for a whole frame and takes it; a frame without type where none comes.
  std::pair<wire::FrameType, std::string> next_frame() {
    const auto whole = [this] {
      pump();
      for (auto& frame : take_frames(plain_)) frames_.push_back(std::move(frame));
      return !frames_.empty() || raw_.ended();
    };
    if (!run_until(loop_, whole) || frames_.empty()) return {};
    auto first = std::move(frames_.front());
    frames_.erase(frames_.begin());
    return first;
  }
  [[nodiscard]] bool wait_for_end() {
    return run_until(loop_, [this] {
      pump();
      return raw_.ended();
    });
  }
  [[nodiscard]] bool ended() {
    pump();
    return raw_.ended();
  }
  // The alert or other reason why it failed.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  Peer& raw() { return raw_; }
  // What was agreed on by ALPN.
  [[nodiscard]] std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(tls_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

 private:
  using Session = std::unique_ptr<SSL, decltype(&::SSL_free)>;

  static Session session_of(const tls::Context& context) {
    Session session{::SSL_new(context->native_handle()), &::SSL_free};
    ::SSL_set_bio(session.get(), ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
    return session;
  }

  [[nodiscard]] bool finished() const { return ::SSL_is_init_finished(tls_.get()) == 1; }

  void flush() {
    char* bytes = nullptr;
    BIO* out = ::SSL_get_wbio(tls_.get());
    const long size = BIO_get_mem_data(out, &bytes);
    if (size > 0) raw_.send({bytes, static_cast<std::size_t>(size)});
    static_cast<void>(BIO_reset(out));
  }
  void pump() {
    std::string& came = raw_.received();
    if (!came.empty())
      ::BIO_write(::SSL_get_rbio(tls_.get()), came.data(), static_cast<int>(came.size()));
    came.clear();
    ::ERR_clear_error();
    char space[4096];
    int size = ::SSL_read(tls_.get(), space, sizeof space);  // also shakes hands
    for (; size > 0; size = ::SSL_read(tls_.get(), space, sizeof space))
      plain_.append(space, static_cast<std::size_t>(size));
    if (::SSL_get_error(tls_.get(), size) == SSL_ERROR_SSL && failure_.empty())
      failure_ = tls::take_failure();
    flush();
  }

  net::io_context& loop_;
  tls::Context context_;
  Peer raw_;
  Session tls_;
  std::string plain_;
  std::string failure_;
  std::vector<std::pair<wire::FrameType, std::string>> frames_;
};

}  // namespace sobriety::test
