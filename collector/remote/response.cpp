#include "collector/remote/response.hpp"

#include "proto/base/text.hpp"

#include <algorithm>

namespace sobriety::collector::remote {

namespace {

constexpr std::size_t longest_head = 16 * 1024;
constexpr std::size_t longest_body = 64 * 1024;  // receivers say what they refuse in a few lines
constexpr std::size_t most_words = 300;

Error malformed(std::string what) {
  return {Errc::malformed, "the answer is not HTTP: " + std::move(what)};
}

std::string words_of(std::string_view body) {
  std::string words;
  for (const char c : body.substr(0, most_words)) {
    const bool printable = static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
    if (printable || (!words.empty() && words.back() != ' ')) words += printable ? c : ' ';
  }
  while (words.ends_with(' ')) words.pop_back();
  return words;
}

std::string lower(std::string_view text) {
  std::string made{text};
  for (char& c : made)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return made;
}

}  // namespace

Result<bool> ResponseReader::take(std::string& received) {
  while (!has_head_) {
    constexpr std::string_view first = "HTTP/1.";
    const std::size_t compared = std::min(first.size(), received.size());
    if (received.compare(0, compared, first.substr(0, compared)) != 0)
      return malformed("it begins with another line");
    const std::size_t end = received.find("\r\n\r\n");
    if (std::min(end, received.size()) > longest_head) return malformed("its head is too long");
    if (end == std::string::npos) return false;
    BOOST_OUTCOME_TRY(read_head(std::string_view{received}.substr(0, end + 2)));
    received.erase(0, end + 4);
    has_head_ = response_.status >= 200;  // before it, others may only tell to wait
  }
  if (!length_ || *length_ > longest_body) {
    response_.keep_alive = false;
    return true;
  }
  const std::size_t taken = std::min(received.size(), *length_ - body_);
  beginning_ += received.substr(0, std::min(taken, most_words - beginning_.size()));
  received.erase(0, taken);
  body_ += taken;
  if (body_ < *length_) return false;
  response_.words = words_of(beginning_);
  return true;
}

// "HTTP/1.1 204 No Content", then a field a line.
Result<void> ResponseReader::read_head(std::string_view head) {
  const std::string_view status = head.substr(0, head.find("\r\n"));
  const std::size_t code =
      status.size() < 12 ? 0 : parse_number<std::size_t>(status.substr(9, 3)).value_or(0);
  if ((!status.starts_with("HTTP/1.1 ") && !status.starts_with("HTTP/1.0 ")) || code < 100 ||
      (status.size() > 12 && status[12] != ' '))
    return malformed("it begins with another line");
  response_ = {static_cast<unsigned>(code), "", "", status[7] == '1'};
  length_.reset();
  head.remove_prefix(status.size() + 2);
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    BOOST_OUTCOME_TRY(read_field(head.substr(0, end)));
    head.remove_prefix(end + 2);
  }
  if (code == 204 || code == 304) length_ = 0;
  return success();
}

Result<void> ResponseReader::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("a field has no name");
  const std::string name = lower(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "retry-after") response_.retry_after = value;
  if (name == "connection" && lower(value).find("close") != std::string::npos)
    response_.keep_alive = false;
  if (name == "transfer-encoding") response_.keep_alive = false;
  if (name != "content-length") return success();
  const auto length = parse_number<std::size_t>(value);
  if (!length || (length_ && *length_ != *length)) return malformed("its length is no number");
  length_ = length;
  return success();
}

}  // namespace sobriety::collector::remote
