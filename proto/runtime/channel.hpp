// A TCP connection, plain or under TLS, with the same reads and writes either way.
//
// TLS works on the socket itself, without a stream of Asio's: an idle connection holds no buffers,
// and a connection moves to another thread's context with its TLS session. One thread at a time.
#pragma once

#include "proto/base/result.hpp"
#include "proto/runtime/asio.hpp"
#include "proto/runtime/tls.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety {

class Channel {
 public:
  explicit Channel(tcp::socket socket) : socket_(std::move(socket)) {}
  explicit Channel(net::io_context& context) : socket_(context) {}

  // Begin TLS on a connected socket of which nothing was read or written; handshake() follows.
  [[nodiscard]] Result<void> secure_as_server(const tls::Context& context);
  // `server_name`: the name or address that the server's certificate must have; none: its authority
  // alone is looked at. `protocol`: what the connection is for (ALPN).
  [[nodiscard]] Result<void> secure_as_client(const tls::Context& context,
                                              const std::string& server_name,
                                              std::string_view protocol);
  // An error says why not. Ends early where the socket is cancelled or closed.
  Task<Result<void>> handshake();

  // Null where the connection is plain.
  [[nodiscard]] SSL* tls() const { return tls_.get(); }
  // What was agreed on by ALPN; empty: nothing.
  [[nodiscard]] std::string_view protocol() const;
  // Why the last handshake, read or write failed, in words and as OpenSSL's code; empty and 0 where
  // the other side just ended.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] unsigned long failure_code() const { return failure_code_; }

  // Writes what the socket takes now and tells how much that was. After would_block the next write
  // must begin with the same bytes. Other errors are final.
  std::size_t write_some(std::string_view bytes, error_code& error);
  // Waits until write_some() may get further.
  Task<error_code> writable();

  // Reads what is there, at most `most` bytes, behind what `buffer` holds. False: the end or an
  // error.
  Task<bool> read_some(std::string& buffer, std::size_t most);

  // The same connection with its waits on another context; nothing may be waiting. Nothing where
  // the socket is gone.
  [[nodiscard]] std::optional<Channel> moved_to(net::io_context& context) &&;

  // Says the end to the other side, as far as that goes without waiting.
  void shutdown_send();
  // Ends all waits.
  void cancel();
  void close();
  tcp::socket& socket() { return socket_; }

 private:
  struct Free {
    void operator()(SSL* session) const;
  };

  [[nodiscard]] Result<void> begin(const tls::Context& context);
  // What a call of OpenSSL that returned `outcome` waits for; nothing where it failed for good.
  std::optional<tcp::socket::wait_type> wanted(int outcome);

  tcp::socket socket_;
  std::unique_ptr<SSL, Free> tls_;
  std::string failure_;
  unsigned long failure_code_ = 0;
};

}  // namespace sobriety
