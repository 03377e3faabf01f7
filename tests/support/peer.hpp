// The other end of a connection under test, on the same thread and event loop: it never blocks, and
// while it waits the loop runs.
#pragma once

#include "tests/support/loop.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sobriety::test {

class Peer {
 public:
  Peer(net::io_context& loop, const tcp::endpoint& where) : loop_(loop), socket_(loop) {
    socket_.connect(where);
    start();
  }
  Peer(net::io_context& loop, tcp::socket socket) : loop_(loop), socket_(std::move(socket)) {
    start();
  }

  // Writes all of it; false where the other side is gone or does not read.
  bool send(std::string_view bytes) {
    return run_until(loop_,
                     [&] {
                       error_code error;
                       if (!broken_ && !bytes.empty())
                         bytes.remove_prefix(
                             socket_.write_some(net::buffer(bytes.data(), bytes.size()), error));
                       if (error && error != net::error::would_block) broken_ = true;
                       return broken_ || bytes.empty();
                     }) &&
           !broken_;
  }

  // What has come so far and was not taken.
  std::string& received() {
    while (!ended_) {
      char space[4096];
      error_code error;
      const std::size_t size = socket_.read_some(net::buffer(space), error);
      received_.append(space, size);
      if (error == net::error::would_block) break;
      if (error) ended_ = true;
    }
    return received_;
  }
  [[nodiscard]] bool ended() {
    received();
    return ended_;
  }

  // Waits until at least `size` bytes are there.
  [[nodiscard]] bool wait_for(std::size_t size) {
    return run_until(loop_, [&] { return received().size() >= size || ended_; }) &&
           received_.size() >= size;
  }
  // Waits until the text is there.
  [[nodiscard]] bool wait_for(std::string_view text) {
    return run_until(loop_, [&] { return received().find(text) != std::string::npos || ended_; }) &&
           received_.find(text) != std::string::npos;
  }
  // Waits for the end of the connection.
  [[nodiscard]] bool wait_for_end() {
    return run_until(loop_, [&] { return ended(); });
  }
  void close() {
    error_code ignored;
    socket_.close(ignored);
    ended_ = true;
  }
  void shutdown_send() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  tcp::socket& socket() { return socket_; }

 protected:
  net::io_context& loop_;

 private:
  void start() {
    socket_.non_blocking(true);
    socket_.set_option(tcp::no_delay{true});  // each send() is on its way at once
  }

  tcp::socket socket_;
  std::string received_;
  bool broken_ = false;
  bool ended_ = false;
};

// A port of loopback on which connections can be awaited.
class Listening {
 public:
  explicit Listening(net::io_context& loop)
      : loop_(loop), acceptor_(loop, {net::ip::address_v4::loopback(), 0}) {
    acceptor_.non_blocking(true);
  }
  [[nodiscard]] tcp::endpoint where() const { return acceptor_.local_endpoint(); }
  // The next connection; it throws where none comes.
  tcp::socket accept() {
    tcp::socket socket{loop_};
    const bool came = run_until(loop_, [&] {
      error_code error;
      acceptor_.accept(socket, error);
      return !error;
    });
    if (!came) throw std::runtime_error{"nobody connects"};
    return socket;
  }
  tcp::acceptor& acceptor() { return acceptor_; }

 private:
  net::io_context& loop_;
  tcp::acceptor acceptor_;
};

}  // namespace sobriety::test
