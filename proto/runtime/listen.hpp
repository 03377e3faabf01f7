// A listening socket whose errors say what to do.
#pragma once

#include "proto/base/result.hpp"
#include "proto/runtime/asio.hpp"
#include "proto/runtime/endpoint.hpp"

namespace sobriety {

// Binds and listens; an error names the endpoint and the configuration key to change.
[[nodiscard]] Result<tcp::acceptor> listen(net::io_context& context, const Endpoint& endpoint,
                                           std::string_view key);

}  // namespace sobriety
