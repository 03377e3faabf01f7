// Stands before every request: rate limit, header fields, credentials, and who may change things.
#pragma once

#include "collector/web/accounts.hpp"
#include "collector/web/protection.hpp"
#include "collector/web/token_bucket.hpp"
#include "proto/runtime/http_server.hpp"

#include <functional>
#include <memory>

namespace sobriety::collector {

// Used on one thread.
class Guard {
 public:
  using Next = std::function<Task<>(const HttpRequest&, HttpReply&)>;
  using Refused = std::function<void(HttpRefusal)>;

  Guard(std::shared_ptr<const ProtectionFile> file, Refused refused, Next next)
      : file_(std::move(file)), refused_(std::move(refused)), next_(std::move(next)) {}

  // Answers, or lets the next one answer.
  Task<> handle(const HttpRequest& request, HttpReply& reply);

 private:
  enum class Verdict : std::uint8_t { right, wrong, busy };

  // One set of users and one limit: they last until the file has others.
  struct Post {
    std::shared_ptr<const Protection> protection;
    Accounts accounts;
    TokenBucket bucket;
  };
  [[nodiscard]] std::shared_ptr<Post> post();
  Task<Verdict> check(Accounts& accounts, const HttpRequest& request);
  Task<> refuse(HttpReply& reply, unsigned status, HttpRefusal why, std::string_view words);

  std::shared_ptr<const ProtectionFile> file_;
  Refused refused_;
  Next next_;
  std::shared_ptr<Post> post_;
  net::thread_pool bcrypt_{1};  // so that the network waits for no password
  unsigned waiting_ = 0;        // passwords there
};

}  // namespace sobriety::collector
