// A receiver's answer, from the bytes of its connection. Bounded; sans I/O.
#pragma once

#include "proto/base/result.hpp"

#include <memory>
#include <string>

namespace sobriety::collector::remote {

struct Response {
  unsigned status = 0;
  std::string retry_after;  // as the field has it, "" where there is none
  std::string words;        // the beginning of the body, printable, one line
  bool keep_alive = false;  // another request may follow on the connection
};

class ResponseReader {
 public:
  ResponseReader();
  ~ResponseReader();

  // Takes what it can from the front of `received`. True: the answer is whole.
  [[nodiscard]] Result<bool> take(std::string& received);
  // The connection ended: true where that completes the answer.
  [[nodiscard]] bool end();
  // Of a whole answer.
  [[nodiscard]] Response response() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace sobriety::collector::remote
