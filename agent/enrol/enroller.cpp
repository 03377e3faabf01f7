#include "agent/enrol/enroller.hpp"

#include "agent/enrol/host_id.hpp"
#include "proto/identity/files.hpp"
#include "proto/runtime/log.hpp"

#include <algorithm>

namespace sobriety::agent {

namespace {

using namespace std::chrono_literals;
using What = EnrolmentStep::What;

constexpr std::chrono::milliseconds token_look = 5s;     // while there is none
constexpr std::chrono::milliseconds longest_sleep = 1h;  // clocks are set, machines sleep
constexpr std::chrono::milliseconds shortest_sleep = 1s;
constexpr std::chrono::milliseconds after_refusal = 1min;  // an administrator may change their mind
constexpr const char* renewal = "renewal";

double random_share() {
  std::random_device random;
  return std::uniform_real_distribution<double>{0, 1}(random);
}

}  // namespace

WallTime renewal_time(const OwnCertificate& own, double jitter) {
  const auto life = own.not_after - own.not_before;
  const auto late = std::chrono::duration<double, std::milli>(life) / 12 * jitter;
  return own.not_before + life * 2 / 3 +
         std::chrono::duration_cast<std::chrono::milliseconds>(late);
}

Enroller::Enroller(net::io_context& context, Options options, AskCollector ask, const Clock& clock,
                   std::function<void()> installed)
    : options_(std::move(options)),
      store_(options_.state_directory),
      ask_(std::move(ask)),
      clock_(clock),
      installed_(std::move(installed)),
      backoff_(std::random_device{}()),
      jitter_(random_share()),
      pause_(context) {}

Task<> Enroller::run() {
  while (!stopping_) {
    const EnrolmentStep done = co_await step();
    if (stopping_) co_return;
    say(done);
    pause_.expires_after(done.wait);
    co_await pause_.async_wait(as_result);
  }
}

void Enroller::stop() {
  stopping_ = true;
  pause_.cancel();
}

void Enroller::say(const EnrolmentStep& step) {
  if (step.message == said_) return;
  said_ = step.message;
  if (step.message.empty()) return;
  spdlog::log(step.what == What::installed ? spdlog::level::info : spdlog::level::warn,
              "identity: {}", step.message);
}

EnrolmentStep Enroller::failed(std::string message, std::chrono::milliseconds asked) {
  return {What::failed, std::move(message), backoff_.next(asked)};
}

Task<EnrolmentStep> Enroller::step() {
  // A token that is there is meant, whatever else there is.
  auto token = read_token(options_.token_file);
  if (!token) co_return EnrolmentStep{What::failed, token.error().message, token_look};
  if (!token.value()) {
    const auto waits = without_token();
    if (waits) co_return *waits;
  }
  const auto held = store_.lock();
  if (!held) co_return failed(held.error().message);
  if (!held.value())
    co_return EnrolmentStep{What::busy, "another process asks for a certificate", shortest_sleep};
  EnrolmentStep done;
  if (token.value())
    done = co_await enrol(std::move(*token.value()));
  else
    done = co_await renew();
  co_return done;
}

// What there is to wait for; nothing where the certificate is to be renewed now.
std::optional<EnrolmentStep> Enroller::without_token() {
  const auto own = store_.certificate();
  if (!own) return EnrolmentStep{What::failed, own.error().message, token_look};
  if (!own.value())
    return EnrolmentStep{What::lacking,
                         "this host has no certificate and no token; samples wait. Put a token of "
                         "sobriety-collector token create into " +
                             options_.token_file.string() + ", or run sobriety-agent enrol",
                         token_look};
  look_at(*own.value());
  const auto endpoints = store_.endpoints();
  if (!endpoints) return EnrolmentStep{What::failed, endpoints.error().message, token_look};
  // Only enrolment leaves them: without, the certificate is somebody else's to keep.
  if (endpoints.value().empty()) return EnrolmentStep{What::idle, "", longest_sleep};
  const auto left = renewal_time(*own.value(), jitter_) - clock_.now().wall;
  if (left <= 0ms) return std::nullopt;
  return EnrolmentStep{What::idle, "", std::clamp(left, shortest_sleep, longest_sleep)};
}

void Enroller::look_at(const OwnCertificate& own) {
  if (own.serial == serial_) return;
  serial_ = own.serial;
  installed_();
}

Result<std::string> Enroller::request_for(const std::string& purpose,
                                          const identity::Token* token) {
  wire::EnrolRequest request;
  if (token != nullptr) request.token = wire::EnrolSecret{token->id.bytes, token->secret};
  BOOST_OUTCOME_TRY(request.certificate_request, store_.request(purpose));
  BOOST_OUTCOME_TRY(request.host, load_or_make_host_id(options_.state_directory));
  request.host_name = options_.host_name;
  request.agent_version = SOBRIETY_VERSION;
  return wire::encode(request);
}

Task<EnrolmentStep> Enroller::enrol(identity::Token token) {
  auto request = request_for(token.id.hex(), &token);
  if (!request) co_return failed(request.error().message);
  const Endpoint collector =
      options_.collector.value_or(token.endpoints[turn_++ % token.endpoints.size()]);
  EnrolmentQuestion question{collector, std::move(request.value()), token.pin};
  const Result<std::string> answer = co_await ask_(std::move(question));
  EnrolmentStep done = take(answer, token.endpoints);
  if (!answer) done.message = "collector " + to_string(collector) + ": " + done.message;
  if (done.what != What::installed) co_return done;
  // In this order: whoever is killed in between asks with the same request again.
  Result<void> forgotten = identity::remove_file(options_.token_file);
  if (!forgotten) {
    done.message += "; but the token stays: " + forgotten.error().message;
    done.wait = after_refusal;
  } else if (const auto finished = store_.finish(); !finished) {
    done.message += "; but " + finished.error().message;
  }
  co_return done;
}

Task<EnrolmentStep> Enroller::renew() {
  auto request = request_for(renewal, nullptr);
  if (!request) co_return failed(request.error().message);
  auto endpoints = store_.endpoints();
  if (!endpoints) co_return failed(endpoints.error().message);
  if (options_.collector) endpoints.value().assign(1, *options_.collector);
  const Endpoint collector = endpoints.value()[turn_++ % endpoints.value().size()];
  EnrolmentQuestion question{collector, std::move(request.value()), std::nullopt};
  const Result<std::string> answer = co_await ask_(std::move(question));
  EnrolmentStep done = take(answer, {});
  if (!answer)
    done.message = "the certificate cannot be renewed at collector " + to_string(collector) + ": " +
                   done.message;
  if (done.what == What::refused)
    done.message += "; this host needs a new token, in " + options_.token_file.string();
  if (done.what == What::installed) {
    if (const auto finished = store_.finish(); !finished)
      done.message += "; but " + finished.error().message;
  }
  co_return done;
}

EnrolmentStep Enroller::take(const Result<std::string>& answer,
                             const std::vector<Endpoint>& endpoints) {
  if (!answer) return failed(answer.error().message);
  const auto reply = wire::decode_enrol_reply(answer.value());
  if (!reply) return failed("the collector's answer makes no sense: " + reply.error().message);
  const wire::EnrolReply& said = reply.value();
  switch (said.result) {
    case wire::EnrolResult::pending:
      return {What::pending, said.message, backoff_.next(said.retry_after)};
    case wire::EnrolResult::refused:
      return {What::refused, "refused: " + said.message,
              backoff_.next(std::max(said.retry_after, after_refusal))};
    case wire::EnrolResult::unavailable:
      return failed(said.message, said.retry_after);
    case wire::EnrolResult::issued:
      break;
  }
  if (const auto kept = store_.install(said, endpoints); !kept) return failed(kept.error().message);
  backoff_.succeeded();
  const auto own = store_.certificate();
  if (own && own.value()) look_at(*own.value());
  return {What::installed, "this host is " + said.host.hex() + " and has a new certificate",
          shortest_sleep};
}

}  // namespace sobriety::agent
