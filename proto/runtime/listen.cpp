#include "proto/runtime/listen.hpp"

namespace sobriety {

Result<tcp::acceptor> listen(net::io_context& context, const Endpoint& endpoint,
                             std::string_view key) {
  error_code error;
  const auto refuse = [&](std::string_view advice) {
    return fail(error == net::error::address_in_use ? Errc::unavailable : Errc::broken,
                "cannot listen on " + to_string(endpoint) + ": " + error.message() + "; " +
                    std::string{advice});
  };
  const auto address = net::ip::make_address(endpoint.host, error);
  if (error) return refuse(std::string{key} + " must be an IP address and a port");
  tcp::acceptor acceptor{context};
  const tcp::endpoint where{address, endpoint.port};
  acceptor.open(where.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor.bind(where, error);
  if (!error) acceptor.listen(4096, error);
  if (error == net::error::address_in_use)
    return refuse("another program holds this port: stop it, or choose another in " +
                  std::string{key});
  if (error) return refuse("check " + std::string{key});
  return acceptor;
}

}  // namespace sobriety
