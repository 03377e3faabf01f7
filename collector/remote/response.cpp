#include "collector/remote/response.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace sobriety::collector::remote {

namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t longest_head = 16 * 1024;
constexpr std::size_t longest_body = 64 * 1024;  // receivers say what they refuse in a few lines
constexpr std::size_t most_words = 300;

std::string words_of(std::string_view body) {
  std::string words;
  for (const char c : body.substr(0, most_words)) {
    const bool printable = static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
    if (printable || (!words.empty() && words.back() != ' ')) words += printable ? c : ' ';
  }
  while (words.ends_with(' ')) words.pop_back();
  return words;
}

}  // namespace

struct ResponseReader::Parser {
  http::response_parser<http::string_body> of;
  bool cut = false;  // a longer body than is wanted; the status is known
};

ResponseReader::ResponseReader() : parser_(std::make_unique<Parser>()) {
  parser_->of.header_limit(longest_head);
  parser_->of.body_limit(longest_body);
  parser_->of.eager(true);
}
ResponseReader::~ResponseReader() = default;

Result<bool> ResponseReader::take(std::string& received) {
  while (!received.empty() && !parser_->of.is_done()) {
    boost::system::error_code error;
    const std::size_t used =
        parser_->of.put(boost::asio::const_buffer{received.data(), received.size()}, error);
    received.erase(0, used);
    if (error == http::error::body_limit && parser_->of.is_header_done()) {
      parser_->cut = true;
      return true;
    }
    if (error && error != http::error::need_more)
      return fail(Errc::malformed, "the answer is not HTTP: " + error.message());
    if (used == 0) break;
  }
  return parser_->of.is_done();
}

bool ResponseReader::end() {
  boost::system::error_code error;
  if (parser_->of.got_some()) parser_->of.put_eof(error);
  return !error && parser_->of.is_done();
}

Response ResponseReader::response() const {
  const auto& message = parser_->of.get();
  const std::string_view after{message[http::field::retry_after].data(),
                               message[http::field::retry_after].size()};
  return {message.result_int(), std::string{after}, words_of(message.body()),
          !parser_->cut && parser_->of.keep_alive()};
}

}  // namespace sobriety::collector::remote
