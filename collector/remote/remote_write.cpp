#include "collector/remote/remote_write.hpp"

#include "collector/remote/secret.hpp"
#include "proto/runtime/log.hpp"

#include <snappy.h>

#include <utility>

namespace sobriety::collector::remote {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds period{1};       // in which requests gather
constexpr std::chrono::minutes told_again{10};  // between two lines about what is refused

// What every request says of itself.
constexpr std::string_view fixed_head =
    "User-Agent: sobriety-collector/" SOBRIETY_VERSION
    "\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n"
    "X-Prometheus-Remote-Write-Version: 0.1.0\r\n";

// On the store's thread; parameters are the awaiting coroutine's.
struct Rows {
  std::vector<OutboxRow> rows;
  std::vector<std::string> notes;
  std::optional<Error> problem;
};
Task<> load(Store& store, std::uint64_t samples, Rows& out) {
  auto found = store.outbox_rows(samples, out.notes);
  if (found)
    out.rows = std::move(found.value());
  else
    out.problem = found.error();
  co_return;
}
Task<> settle_rows(Store& store, const std::vector<OutboxSettled>& rows,
                   std::optional<Error>& problem) {
  if (const auto done = store.settle_outbox(rows); !done) problem = done.error();
  co_return;
}
Task<> read_state(Store& store, std::optional<OutboxState>& out) {
  if (const auto state = store.outbox_state()) out = state.value();
  co_return;
}

}  // namespace

Result<std::unique_ptr<RemoteWrite>> RemoteWrite::open(const RemoteWriteOptions& options,
                                                       Store& store, net::thread_pool& store_thread,
                                                       const Clock& clock,
                                                       RemoteWriteCounters& counters) {
  BOOST_OUTCOME_TRY(const Url url, parse_url(options.url));
  BOOST_OUTCOME_TRY(Poster::check(url, options));
  if (const auto said = authorization(options); !said)
    return fail(said.error().code, "remote_write: " + said.error().message);
  return std::unique_ptr<RemoteWrite>{
      new RemoteWrite{options, url, store, store_thread, clock, counters}};
}

RemoteWrite::RemoteWrite(const RemoteWriteOptions& options, const Url& url, Store& store,
                         net::thread_pool& store_thread, const Clock& clock,
                         RemoteWriteCounters& counters)
    : options_(options),
      shown_(shown_url(url)),
      store_(store),
      store_thread_(store_thread),
      clock_(clock),
      counters_(counters),
      ticker_(context_.get_executor(), period),
      poster_(context_, url, options_),
      dispatch_(options.samples_per_request) {}

RemoteWrite::~RemoteWrite() { stop(); }

void RemoteWrite::start() {
  spdlog::info("each host's samples are written to {}", shown_);
  net::co_spawn(context_, run(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  thread_ = std::thread{[this] { context_.run(); }};
}

void RemoteWrite::stop() {
  if (!thread_.joinable()) return;
  net::post(context_, [this] {
    stopped_ = true;
    ticker_.stop();
    poster_.stop();
  });
  thread_.join();
}

Task<> RemoteWrite::run() {
  bool due = co_await ticker_.tick();
  while (due) {
    if (Steady::now() >= not_before_) co_await drain();
    co_await look();
    due = co_await ticker_.tick();
  }
}

// Sends until nothing waits, or something must be waited for.
Task<> RemoteWrite::drain() {
  bool go_on = true;
  while (go_on && !stopped_) {
    go_on = co_await settle();
    if (go_on) go_on = co_await fill();
    if (go_on) go_on = co_await send();
    if (go_on) co_await look();
  }
}

// Whether there is something to send.
Task<bool> RemoteWrite::fill() {
  if (!dispatch_.empty()) co_return true;
  Rows found;
  auto work = load(store_, options_.samples_per_request, found);
  co_await net::co_spawn(store_thread_, std::move(work), net::use_awaitable);
  for (const std::string& note : found.notes) spdlog::error("{}", note);
  if (found.problem) wait("the store does not give it: " + found.problem->message);
  if (found.rows.empty()) co_return false;
  dispatch_.load(std::move(found.rows));
  co_return !dispatch_.empty();
}

Task<bool> RemoteWrite::send() {
  const std::string request = dispatch_.request();
  std::string body;
  ::snappy::Compress(request.data(), request.size(), &body);
  const Result<std::string> secret = authorization(options_);
  if (!secret) {
    wait(secret.error().message);
    co_return false;
  }
  std::string head{fixed_head};
  if (!secret.value().empty()) head += "Authorization: " + secret.value() + "\r\n";
  auto posting = poster_.post(std::move(head), std::move(body));
  const Result<Response> answer = co_await std::move(posting);
  if (stopped_) co_return false;
  if (!answer) {
    counters_.request(Outcome::again);
    wait(answer.error().message);
    co_return false;
  }
  co_return judge(answer.value());
}

// Whether to go on at once.
bool RemoteWrite::judge(const Response& answer) {
  const Outcome outcome = outcome_of(answer.status);
  counters_.request(outcome);
  const std::string said = "it answers " + std::to_string(answer.status) +
                           (answer.words.empty() ? "" : ": " + answer.words);
  if (outcome == Outcome::again) {
    wait(said,
         retry_after(answer.retry_after, clock_.now().wall).value_or(std::chrono::seconds{0}));
    return false;
  }
  note_success();
  if (outcome == Outcome::accepted) {
    dispatch_.accepted();
    return true;
  }
  const std::uint64_t samples = dispatch_.samples();
  if (outcome == Outcome::refused_part && dispatch_.refused_part()) return true;
  if (outcome == Outcome::refused) dispatch_.refused();
  if (told_refused_ == Steady::time_point{} || Steady::now() - told_refused_ > told_again) {
    told_refused_ = Steady::now();
    spdlog::warn(
        "{} will not take {} samples, which are given up: {}; "
        "sobriety_remote_write_samples_total{{result=\"refused\"}} counts them",
        shown_, samples, said);
  }
  return true;
}

// Whether nothing is left that the store should know.
Task<bool> RemoteWrite::settle() {
  for (const OutboxSettled& row : dispatch_.take_settled()) settled_.push_back(row);
  if (settled_.empty()) co_return true;
  std::optional<Error> problem;
  auto work = settle_rows(store_, settled_, problem);
  co_await net::co_spawn(store_thread_, std::move(work), net::use_awaitable);
  if (problem) {
    wait("the store does not take note of it: " + problem->message);
    co_return false;
  }
  settled_.clear();
  co_return true;
}

Task<> RemoteWrite::look() {
  std::optional<OutboxState> state;
  auto work = read_state(store_, state);
  co_await net::co_spawn(store_thread_, std::move(work), net::use_awaitable);
  if (state) counters_.outbox(*state, clock_.now().wall);
}

void RemoteWrite::wait(std::string_view why, std::chrono::seconds asked) {
  if (failures_++ == 0)
    spdlog::warn("{} cannot be written to: {}; samples wait in the outbox, which is tried again",
                 shown_, why);
  not_before_ = Steady::now() + backoff_.next(asked);
}

void RemoteWrite::note_success() {
  if (failures_ > 0) spdlog::info("{} is written to again, after {} tries", shown_, failures_);
  failures_ = 0;
  backoff_.succeeded();
}

}  // namespace sobriety::collector::remote
