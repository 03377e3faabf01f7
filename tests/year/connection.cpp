#include "tests/year/connection.hpp"

#include "proto/wire/frame.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace sobriety::year {

namespace {
[[noreturn]] void give_up(const std::string& why) { throw std::runtime_error{why}; }
}  // namespace

Connection::Connection(std::uint16_t port, const wire::Hello& hello)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket_ < 0 ||
      ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    give_up("the collector does not answer on port " + std::to_string(port));
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  std::string bytes;
  wire::append(bytes, hello);
  send(bytes);
  while (!welcome_) receive(true);
}

Connection::~Connection() { ::close(socket_); }

void Connection::send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t done = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) give_up("the collector ended the connection");
    sent += static_cast<std::size_t>(done);
  }
  while (receive(false)) {
  }
}

void Connection::await_ack(std::uint64_t seq) {
  while (acknowledged_ < seq) receive(true);
}

void Connection::finish() {
  ::shutdown(socket_, SHUT_WR);
  std::array<char, 4096> bytes{};
  while (::recv(socket_, bytes.data(), bytes.size(), 0) > 0) {
  }
}

// False: nothing was there, and it was not waited for.
bool Connection::receive(bool wait) {
  std::array<char, 4096> bytes{};
  const ssize_t done = ::recv(socket_, bytes.data(), bytes.size(), wait ? 0 : MSG_DONTWAIT);
  if (done < 0 && !wait && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (done < 0 && errno == EINTR) return true;
  if (done <= 0) give_up("the collector ended the connection");
  received_.append(bytes.data(), static_cast<std::size_t>(done));
  take_frames();
  return true;
}

void Connection::take_frames() {
  std::string_view rest = received_;
  while (true) {
    const auto frame = wire::next_frame(rest);
    if (!frame) give_up(frame.error().message);
    if (!frame.value()) break;
    const auto& [type, payload, size] = *frame.value();
    if (type == wire::FrameType::welcome) {
      welcome_ = true;
      acknowledged_ = wire::decode_welcome(payload).value().committed_seq;
    }
    if (type == wire::FrameType::ack) acknowledged_ = wire::decode_ack(payload).value().seq;
    if (type == wire::FrameType::refusal)
      give_up("refused: " + wire::decode_refusal(payload).value().message);
    rest.remove_prefix(size);
  }
  received_.erase(0, received_.size() - rest.size());
}

}  // namespace sobriety::year
