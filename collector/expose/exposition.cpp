#include "collector/expose/exposition.hpp"

namespace sobriety::collector {

namespace {

// Enough that a piece's system call and chunk cost nothing beside its bytes.
constexpr std::size_t worth_sending = 64 * 1024;

}  // namespace

Exposition::Exposition(HttpReply& reply, Format format, Coding coding)
    : reply_(reply), format_(format), coding_(coding), compressor_(make_compressor(coding)) {}

Task<bool> Exposition::begin() {
  const std::string_view coding = compressor_ ? name_of(coding_) : std::string_view{};
  co_return co_await reply_.begin(content_type(format_), coding);
}

Task<bool> Exposition::send() {
  const bool connected = co_await reply_.write(out_);
  out_.clear();
  co_return connected;
}

Task<bool> Exposition::add(std::string_view text) {
  bool connected = true;
  if (compressor_) {
    compressor_->add(text, out_);
  } else if (text.size() < worth_sending) {
    out_ += text;
  } else {  // not worth a copy
    connected = co_await send();
    if (connected) connected = co_await reply_.write(text);
  }
  if (connected && out_.size() >= worth_sending) connected = co_await send();
  co_return connected;
}

Task<bool> Exposition::end() {
  const std::string_view last = ending(format_);
  if (compressor_) {
    compressor_->add(last, out_);
    compressor_->finish(out_);
  } else {
    out_ += last;
  }
  co_return co_await send();
}

}  // namespace sobriety::collector
