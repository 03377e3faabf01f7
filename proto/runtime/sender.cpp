#include "proto/runtime/sender.hpp"

#include <utility>

namespace sobriety {

bool Sender::send(std::string_view bytes) {
  if (broken_) return false;
  std::size_t sent = 0;
  if (!writing_ && !bytes.empty()) {
    error_code error;
    sent = channel_.write_some(bytes, error);
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
  net::co_spawn(channel_.socket().get_executor(), write_unsent(), [](std::exception_ptr) {});
  return true;
}

Task<> Sender::write_unsent() {
  while (!broken_ && !unsent_.empty()) {
    error_code error = co_await channel_.writable();
    if (!error) {
      const std::size_t sent = channel_.write_some(unsent_, error);
      unsent_.erase(0, sent);
    }
    if (error && error != net::error::would_block) broken_ = true;
  }
  if (unsent_.empty()) std::string{}.swap(unsent_);
  // At once with the last look at unsent_: what comes later is sent by send() itself. This object
  // is not touched after that.
  writing_ = false;
}

Task<> Sender::settle() {
  while (writing_) {
    net::steady_timer pause{channel_.socket().get_executor(), std::chrono::milliseconds{10}};
    co_await pause.async_wait(as_result);
  }
}

}  // namespace sobriety
