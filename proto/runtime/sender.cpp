#include "proto/runtime/sender.hpp"

#include <boost/asio/write.hpp>

#include <utility>

namespace sobriety {

bool Sender::send(std::string_view bytes) {
  if (broken_) return false;
  std::size_t sent = 0;
  if (!writing_) {
    error_code error;
    if (!socket_.non_blocking()) socket_.non_blocking(true, error);
    sent = socket_.write_some(net::buffer(bytes.data(), bytes.size()), error);
    if (error && error != net::error::would_block) {
      broken_ = true;
      return false;
    }
  }
  if (sent == bytes.size()) return true;
  unsent_.append(bytes.substr(sent));
  if (unsent() > most_unsent_) broken_ = true;
  if (broken_ || writing_) return !broken_;
  writing_ = true;
  net::co_spawn(socket_.get_executor(), write_unsent(), [](std::exception_ptr) {});
  return true;
}

Task<> Sender::write_unsent() {
  while (!broken_ && !unsent_.empty()) {
    const std::string piece = std::exchange(unsent_, {});
    in_flight_ = piece.size();
    auto [error, size] = co_await net::async_write(socket_, net::buffer(piece), as_result);
    if (error) broken_ = true;
    in_flight_ = 0;
  }
  // At once with the last look at unsent_: what comes later is sent by send() itself. This object
  // is not touched after that.
  writing_ = false;
}

Task<> Sender::settle() {
  while (writing_) {
    net::steady_timer pause{socket_.get_executor(), std::chrono::milliseconds{10}};
    co_await pause.async_wait(as_result);
  }
}

Task<bool> read_some(tcp::socket& socket, std::string& buffer, std::size_t most) {
  const std::size_t held = buffer.size();
  buffer.resize(held + most);
  const auto space = net::buffer(buffer.data() + held, most);
  auto [error, size] = co_await socket.async_read_some(space, as_result);
  buffer.resize(held + size);
  co_return !error && size > 0;
}

}  // namespace sobriety
