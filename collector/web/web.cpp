#include "collector/web/web.hpp"

#include <boost/asio/post.hpp>

namespace sobriety::collector {

namespace {

void rethrow(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

Web::Web(net::io_context& context, tcp::acceptor acceptor, const HttpLimits& limits,
         std::shared_ptr<ProtectionFile> file, const Guard::Refused& refused, Guard::Next next)
    : context_(context),
      guard_(file, refused, std::move(next)),
      server_(
          std::move(acceptor), limits,
          [this](const HttpRequest& request, HttpReply& reply) {
            return guard_.handle(request, reply);
          },
          [file = std::move(file)] { return file->now()->tls; }, refused) {}

Web::~Web() {
  stop();
  join();
}

void Web::start() {
  net::co_spawn(context_, server_.serve(), rethrow);
  thread_ = std::thread{[this] {
    context_.run();
    ended_ = true;
  }};
}

void Web::stop() {
  net::post(context_, [this] { server_.stop(); });
}

void Web::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace sobriety::collector
