// One question about a certificate and its answer: a TLS connection of its own.
#pragma once

#include "agent/enrol/enroller.hpp"

#include <filesystem>
#include <string>

namespace sobriety::agent {

// The payload of the reply, within 30 s. Without a pin the connection shows the certificate of
// `files`. `server_name`: that the collector's certificate must have; empty: the endpoint's host.
[[nodiscard]] Task<Result<std::string>> ask_collector(net::io_context& context, IdentityFiles files,
                                                      std::string server_name,
                                                      EnrolmentQuestion question);

}  // namespace sobriety::agent
