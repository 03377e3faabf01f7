// A receiver's answer, from the bytes of its connection. Bounded; sans I/O.
//
// As much of HTTP/1.1 (RFC 9112) as a status wants: the head, and a body of a stated length, which
// tells where the next answer begins. A body of any other form is not read: then the connection is
// of no more use, and the status counts. (Beast 1.81's parser has an assertion that a chunked
// answer in pieces breaks.)
#pragma once

#include "proto/base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::collector::remote {

struct Response {
  unsigned status = 0;
  std::string retry_after;  // as the field has it, "" where there is none
  std::string words;        // the beginning of the body, printable, one line
  bool keep_alive = false;  // another request may follow on the connection
};

class ResponseReader {
 public:
  // Takes what it can from the front of `received`. True: the answer is whole, and what remains is
  // not of it.
  [[nodiscard]] Result<bool> take(std::string& received);
  // Of a whole answer.
  [[nodiscard]] const Response& response() const { return response_; }

 private:
  [[nodiscard]] Result<void> read_head(std::string_view head);
  [[nodiscard]] Result<void> read_field(std::string_view line);

  Response response_;
  std::optional<std::size_t> length_;  // of the body
  bool has_head_ = false;
  std::size_t body_ = 0;   // bytes of it that were taken
  std::string beginning_;  // of it
};

}  // namespace sobriety::collector::remote
