// An answer of /metrics on its way: text is gathered, compressed where that was asked for, and sent
// a piece at a time.
#pragma once

#include "collector/expose/compressor.hpp"
#include "collector/expose/format.hpp"
#include "proto/runtime/http_server.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sobriety::collector {

class Exposition {
 public:
  Exposition(HttpReply& reply, Format format, Coding coding);

  [[nodiscard]] Format format() const { return format_; }

  // Each of these is false once the client is gone: what follows is in vain.
  Task<bool> begin();
  // `text` outlives the call.
  Task<bool> add(std::string_view text);
  Task<bool> end();

 private:
  Task<bool> send();

  HttpReply& reply_;
  Format format_;
  Coding coding_;
  std::unique_ptr<Compressor> compressor_;  // none: as it is
  std::string out_;
};

}  // namespace sobriety::collector
