#include "collector/web/guard.hpp"

#include "collector/web/bcrypt.hpp"

namespace sobriety::collector {

namespace {

// Passwords that wait for the one thread that looks at them: beyond, the answer is 503.
constexpr unsigned most_waiting = 16;

Task<bool> matches(std::string password, std::string hash) {
  co_return bcrypt_matches(password, hash);
}

}  // namespace

std::shared_ptr<Guard::Post> Guard::post() {
  auto protection = file_->now();
  if (post_ && post_->protection == protection) return post_;
  const WebConfig& config = protection->config;
  const bool same_limit = post_ && post_->protection->config.rate_limit == config.rate_limit;
  TokenBucket bucket =
      same_limit ? post_->bucket : TokenBucket{config.rate_limit.interval, config.rate_limit.burst};
  post_ = std::make_shared<Post>(Post{std::move(protection), Accounts{config.users}, bucket});
  return post_;
}

Task<> Guard::handle(const HttpRequest& request, HttpReply& reply) {
  const auto here = post();  // stays, should the file change meanwhile
  for (const auto& [name, value] : here->protection->config.headers) reply.set(name, value);
  const bool in_time = here->bucket.take(TokenBucket::Clock::now());
  if (!in_time) {
    reply.set("Retry-After", "1");
    co_await refuse(reply, 429, HttpRefusal::rate, "too many requests\n");
    co_return;
  }
  bool known = request.client_verified;
  if (!here->accounts.empty()) {
    const Verdict verdict = co_await check(here->accounts, request);
    if (verdict == Verdict::busy) {
      reply.set("Retry-After", "1");
      co_await refuse(reply, 503, HttpRefusal::busy, "too many passwords to look at\n");
      co_return;
    }
    if (verdict == Verdict::wrong) {
      reply.set("WWW-Authenticate", "Basic realm=\"sobriety\", charset=\"UTF-8\"");
      co_await refuse(reply, 401, HttpRefusal::credentials, "unauthorized\n");
      co_return;
    }
    known = true;
  }
  if (request.method == "POST" && !known && !request.remote.is_loopback()) {
    co_await refuse(reply, 403, HttpRefusal::forbidden,
                    "only from this machine, or with credentials\n");
    co_return;
  }
  co_await next_(request, reply);
}

Task<Guard::Verdict> Guard::check(Accounts& accounts, const HttpRequest& request) {
  const auto credentials = basic_credentials(request.authorization);
  if (!credentials) co_return Verdict::wrong;
  if (accounts.remembered(*credentials)) co_return Verdict::right;
  if (waiting_ >= most_waiting) co_return Verdict::busy;
  ++waiting_;
  const struct Leave {
    unsigned& waiting;
    ~Leave() { --waiting; }
  } leave{waiting_};
  Accounts::Account account = accounts.find(credentials->user);
  auto work = matches(credentials->password, std::move(account.hash));
  const bool right = co_await net::co_spawn(bcrypt_, std::move(work), net::use_awaitable);
  if (!right || !account.known) co_return Verdict::wrong;
  accounts.remember(*credentials);
  co_return Verdict::right;
}

Task<> Guard::refuse(HttpReply& reply, unsigned status, HttpRefusal why, std::string_view words) {
  refused_(why);
  co_await reply.reply(status, "text/plain; charset=utf-8", words);
}

}  // namespace sobriety::collector
