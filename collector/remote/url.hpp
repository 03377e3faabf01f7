// Where a receiver is: http or https, a host, a port, a path.
#pragma once

#include "proto/base/result.hpp"
#include "proto/runtime/endpoint.hpp"

#include <string>
#include <string_view>

namespace sobriety::collector::remote {

struct Url {
  bool tls = false;
  Endpoint endpoint;         // 80 and 443 where the URL names no port
  std::string target = "/";  // path and query
};

// Names and passwords do not belong into a URL, and fragments mean nothing to a receiver: both are
// refused. The error says what is wrong, without the URL.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

// The same without what stands behind '?', where some receivers want a secret: for the log.
[[nodiscard]] std::string shown_url(const Url& url);

}  // namespace sobriety::collector::remote
