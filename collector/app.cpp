#include "collector/app.hpp"

#include "collector/door/door.hpp"
#include "collector/expose/api.hpp"
#include "collector/expose/remote_write_metrics.hpp"
#include "collector/expose/routes.hpp"
#include "collector/identity_part.hpp"
#include "collector/ledger/retention.hpp"
#include "collector/policy/subject_text.hpp"
#include "collector/policy_in_force.hpp"
#include "collector/remote/remote_write.hpp"
#include "collector/report_answer.hpp"
#include "collector/store/store.hpp"
#include "collector/web/web.hpp"
#include "collector/worker.hpp"
#include "proto/runtime/listen.hpp"
#include "proto/runtime/log.hpp"
#include "proto/runtime/service_manager.hpp"
#include "proto/runtime/ticker.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sobriety::collector {

namespace {

constexpr std::chrono::seconds identity_period{1};  // within which a revocation takes effect
// How soon a changed certificate or web configuration is seen.
constexpr std::chrono::seconds look_period{5};

// Hours become days once a day; a slice at a time, so that commits go on in between.
constexpr std::chrono::hours retention_period{24};
constexpr std::size_t retention_slice = 2'000;

// Runs on the store's thread; hours that became days. `store` is the awaiting coroutine's.
Task<std::size_t> roll_up(Store& store, Hour before) {
  const auto moved = store.roll_up(before, retention_slice);
  if (!moved) spdlog::warn("old hours stay as they are: {}", moved.error().message);
  co_return moved ? moved.value() : 0;
}

// How often the threads are looked at: often enough for the manager, and not before each can have
// made a turn.
std::chrono::milliseconds watch_period(std::chrono::microseconds watchdog) {
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(watchdog / 3),
                  2 * std::chrono::milliseconds{Worker::sweep_period});
}

void rethrow(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Descriptors for the connections that the configuration allows, as far as the system lets us.
void raise_descriptor_limit(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = connections + 256;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur < wanted)
    spdlog::info(
        "{} file descriptors are allowed, so fewer connections than telemetry.max_connections fit",
        static_cast<std::uint64_t>(limit.rlim_cur));
}

using PolicyPointer = std::shared_ptr<const PolicyInForce>;

Result<PolicyPointer> policy_of(const CollectorConfig& config) {
  BOOST_OUTCOME_TRY(auto loaded, policy_in_force(config.policy_file));
  for (const std::string& note : loaded.notes) spdlog::warn("policy: {}", note);
  return std::make_shared<const PolicyInForce>(std::move(loaded));
}

// What the telemetry port shows; null where it is plain.
Result<std::shared_ptr<tls::Renewable>> certificates_of(const TelemetryOptions& options) {
  if (!options.tls.enabled()) return nullptr;
  const auto& [certificate, key, client_ca] = options.tls;
  return tls::Renewable::make({certificate, key, client_ca}, [files = options.tls] {
    return door_context({files.certificate, files.key}, files.client_ca, false);
  });
}

DoorLimits limits_of(const TelemetryOptions& options) {
  DoorLimits limits;
  limits.connections = options.max_connections;
  limits.connections_per_address = options.max_connections_per_address;
  limits.handshakes = options.max_handshakes;
  limits.handshakes_per_address = options.max_handshakes_per_address;
  limits.greeting.handshake = options.handshake_timeout;
  limits.greeting.first_frame = options.first_frame_timeout;
  limits.greeting.enrolments = {options.enrolment.per_minute,
                                options.enrolment.per_minute_of_address};
  limits.greeting.enrolments_at_once = options.enrolment.at_once;
  return limits;
}

// What the HTTP side is made of.
struct WebParts {
  net::io_context& context;
  tcp::acceptor acceptor;
  std::shared_ptr<ProtectionFile> protection;
};

class App {
 public:
  App(const CollectorConfig& config, Reread reread, tcp::acceptor telemetry, WebParts web,
      net::io_context& front, std::unique_ptr<Store> store,
      std::shared_ptr<tls::Renewable> certificates, IdentityPart* identity, SelfMetrics& self,
      ServiceManager& manager, Time time, PolicyPointer policy)
      : config_(config),
        clock_(time == Time::replayed ? static_cast<const Clock&>(replay_clock_) : system_clock_),
        reread_(std::move(reread)),
        front_(front),
        store_(std::move(store)),
        certificates_(std::move(certificates)),
        identity_(identity),
        protection_(web.protection),
        manager_(manager),
        self_(self),
        policy_(std::move(policy)),
        signals_(front, SIGINT, SIGTERM),
        hangup_(front, SIGHUP) {
    const unsigned threads =
        config.threads != 0 ? config.threads : std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < threads; ++i)
      workers_.emplace_back(names_, config, store_thread_, *store_, self_, clock_,
                            time == Time::replayed ? &replay_clock_ : nullptr, policy_->policy);
    std::vector<ShownShard> shown;
    std::vector<DoorThread*> doors;
    for (Worker& worker : workers_) {
      shown.push_back({worker.context, worker.loop, worker.shard});
      doors.push_back(&worker.door);
    }
    auto api =
        std::make_unique<Api>(shown, Api::Hooks{[this](const ReportRequest& request) {
                                                  return report_answer(config_, *policy_now(),
                                                                       request, clock_.now().wall);
                                                },
                                                [this] { return config_.report.privacy; }});
    routes_ = std::make_unique<Routes>(
        std::move(shown), self_,
        Routes::Hooks{[this](std::string& why_not) { return ready(why_not); },
                      [this] { return reload_from_web(); }, [this] { return clock_.now().wall; }},
        config.report.privacy, std::move(api));
    routes_->show_hosts(config.expose_hosts);
    HttpLimits http_limits;
    http_limits.connections = config.web.max_connections;
    web_ = std::make_unique<Web>(
        web.context, std::move(web.acceptor), http_limits, protection_,
        [this](HttpRefusal why) { self_.refused_web(why); },
        [this](const HttpRequest& request, HttpReply& reply) {
          return routes_->handle(request, reply);
        });
    std::optional<DoorTls> tls;
    if (identity_ != nullptr)
      tls.emplace(identity_->door());
    else if (certificates_)
      tls.emplace(DoorTls{certificates_, gate_});
    door_ = std::make_unique<Door>(std::move(telemetry), limits_of(config.telemetry),
                                   std::move(doors), std::move(tls));
  }

  Result<void> restore() {
    BOOST_OUTCOME_TRY(const auto states, store_->load());
    for (const HostState& state : states) {
      Host host = host_of(state);
      const std::int32_t from = state.account.judge.today.day - most_quiet_days;
      BOOST_OUTCOME_TRY(host.quiet_days, store_->quiet_days(state.id, from));
      workers_[shard_of(state.id, workers_.size())].shard.restore(std::move(host));
    }
    return success();
  }

  // Where it is configured; before run().
  Result<void> open_remote_write() {
    if (!config_.remote_write.enabled()) return success();
    remote_write_metrics_ = std::make_unique<RemoteWriteMetrics>(self_.registry());
    BOOST_OUTCOME_TRY(remote_write_,
                      remote::RemoteWrite::open(config_.remote_write, *store_, store_thread_,
                                                clock_, *remote_write_metrics_));
    return success();
  }

  void run() {
    self_.reloaded(true, seconds_since_1970());
    for (Worker& worker : workers_) {
      net::co_spawn(worker.context, worker.sweep(), rethrow);
      worker.thread = std::thread{[&worker] { worker.loop.run(); }};
    }
    net::co_spawn(front_, door_->accept(), rethrow);
    web_->start();
    net::co_spawn(front_, look_at_files(), rethrow);
    net::co_spawn(front_, reload_on_hangup(), rethrow);
    net::co_spawn(front_, stop_on_signal(), rethrow);
    net::co_spawn(front_, keep_by_day(), rethrow);
    if (identity_ != nullptr) net::co_spawn(front_, look_at_identity(), rethrow);
    if (manager_.watchdog().count() > 0) net::co_spawn(front_, watch_workers(), rethrow);
    if (remote_write_) remote_write_->start();
    manager_.ready();
    front_.run();
    if (remote_write_) remote_write_->stop();
    web_->join();
    for (Worker& worker : workers_) worker.thread.join();
    if (identity_ != nullptr) identity_->join();
  }

 private:
  static Host host_of(const HostState& state) {
    Host host;
    host.id = state.id;
    host.name = state.name;
    host.applied = host.stored = state.place;
    host.account = state.account;
    host.subject_text = state.subject;
    if (const auto read = policy::read_subject(state.subject, host.subject); !read)
      spdlog::warn("host {}: {}; its agent tells it again", state.name, read.error().message);
    return host;
  }

  // What went wrong, for everybody who may ask: where files lie is not theirs to know.
  [[nodiscard]] std::string without_path(std::string problem) const {
    const std::string path = config_.store.path.string();
    for (auto at = problem.find(path); at != std::string::npos; at = problem.find(path))
      problem.replace(at, path.size(), "store");
    return problem;
  }

  bool ready(std::string& why_not) const {
    if (stopping_)
      why_not = "stopping";
    else if (const auto problem = self_.store_problem())
      why_not = "the store refuses commits: " + without_path(*problem);
    return why_not.empty();
  }

  // For the thread of the web.
  Task<bool> reload_from_web() {
    auto work = reload_here();
    const bool done = co_await net::co_spawn(front_, std::move(work), net::use_awaitable);
    co_return done;
  }
  Task<bool> reload_here() { co_return reload(); }

  // Reads the files of the web's protection, where they changed or in any case; the old ones stay
  // in use while the new ones are wrong. False: there was nothing to read.
  bool look_at_protection(bool in_any_case) {
    const auto looked = protection_->look(in_any_case);
    if (looked && !looked.value()) return false;
    protection_good_ = looked.has_value();
    if (!looked)
      spdlog::error("web configuration refused, the old one stays in use:\n{}",
                    looked.error().message);
    return true;
  }

  // Certificates and the web's protection come into use when their files change.
  Task<> look_at_files() {
    bool due = co_await look_.tick();
    while (due) {
      if (certificates_) renew_certificates(false);
      if (look_at_protection(false)) show_reload();
      due = co_await look_.tick();
    }
  }

  void show_reload() { self_.reloaded(config_good_ && protection_good_, seconds_since_1970()); }

  bool reload() {
    manager_.reloading();
    const bool done = read_again();
    manager_.ready();
    return done;
  }

  // Whether the files of the certificates are good; where they are others, they are in use now.
  bool renew_certificates(bool in_any_case) {
    const auto taken = certificates_->look(in_any_case);
    if (!taken)
      spdlog::error("certificate refused, the old one stays in use: {}", taken.error().message);
    else if (taken.value() && !in_any_case)
      spdlog::info("new certificate for agents in use");
    return taken.has_value();
  }

  Task<> look_at_identity() {
    bool due = co_await identity_look_.tick();
    while (due) {
      co_await identity_->look(*door_);
      due = co_await identity_look_.tick();
    }
  }

  bool read_again() {
    auto read = reread_();
    if (read && certificates_ && !renew_certificates(true))
      read = fail(Errc::broken, "telemetry.tls: its files are not good");
    look_at_protection(true);
    config_good_ = read.has_value();
    if (!read) {
      show_reload();
      spdlog::error("configuration refused, the old one stays in use:\n{}", read.error().message);
      return false;
    }
    const CollectorConfig& fresh = read.value();
    auto policy = policy_of(fresh);
    config_good_ = policy.has_value();
    if (!policy) {
      show_reload();
      spdlog::error("policy refused, the old one stays in use:\n{}", policy.error().message);
      return false;
    }
    judge_by(std::move(policy.value()));
    set_log_level(fresh.log_level);
    routes_->show_hosts(fresh.expose_hosts);
    show_reload();  // once it holds
    CollectorConfig same_but_for_reloadable = fresh;
    same_but_for_reloadable.log_level = config_.log_level;
    same_but_for_reloadable.expose_hosts = config_.expose_hosts;
    same_but_for_reloadable.policy_file = config_.policy_file;
    if (same_but_for_reloadable == config_)
      spdlog::info("configuration reloaded");
    else
      spdlog::warn(
          "configuration reloaded; only log.level, expose.hosts and the policy take effect before "
          "a "
          "restart");
    return protection_good_;
  }

  PolicyPointer policy_now() {
    const std::lock_guard lock{policy_mutex_};
    return policy_;
  }

  // Each shard judges by the new policy from its next turn on; what is accounted stays.
  void judge_by(PolicyPointer fresh) {
    for (Worker& worker : workers_)
      net::post(worker.context,
                [&worker, policy = fresh->policy] { worker.shard.judge_by(policy); });
    const std::lock_guard lock{policy_mutex_};
    policy_ = std::move(fresh);
  }

  Task<> reload_on_hangup() {
    while (true) {
      auto [error, signal] = co_await hangup_.async_wait(as_result);
      if (error) co_return;
      reload();
    }
  }

  // The manager hears that all is well for as long as every network thread goes on. A store that is
  // slow or fails is no reason to be killed: it is waited for, and shown.
  Task<> watch_workers() {
    bool due = co_await watch_.tick();
    while (due) {
      bool all_live = true;
      for (Worker& worker : workers_) {
        const auto beats = worker.beats.load(std::memory_order_relaxed);
        all_live = all_live && beats != worker.beats_seen;
        worker.beats_seen = beats;
      }
      if (all_live) manager_.alive(Steady::now());
      due = co_await watch_.tick();
    }
  }

  // Old hours are kept by day.
  Task<> keep_by_day() {
    bool due = co_await retention_.tick();
    while (due) {
      const Hour before = first_kept_hour(clock_.now().wall, config_.months_of_hours);
      std::size_t moved = 1;
      while (moved > 0 && !stopping_) {
        auto work = roll_up(*store_, before);
        moved = co_await net::co_spawn(store_thread_, std::move(work), net::use_awaitable);
        self_.rolled_up(moved);
      }
      due = co_await retention_.tick();
    }
  }

  Task<> stop_on_signal() {
    auto [error, signal] = co_await signals_.async_wait(as_result);
    if (error) co_return;
    spdlog::info("stopping");
    manager_.stopping();
    watch_.stop();
    stopping_ = true;
    hangup_.cancel();
    retention_.stop();
    identity_look_.stop();
    look_.stop();
    door_->stop();
    web_->stop();
    net::steady_timer pause{front_};
    while (!web_->ended()) {  // its answers need the workers
      pause.expires_after(std::chrono::milliseconds{5});
      co_await pause.async_wait(as_result);
    }
    for (Worker& worker : workers_) {
      const BurstLoop::Awake awake{worker.loop};
      auto work = worker.stop();
      co_await net::co_spawn(worker.context, std::move(work), net::use_awaitable);
      worker.busy.reset();
    }
  }

  const CollectorConfig config_;
  SystemClock system_clock_;
  ReplayClock replay_clock_;
  const Clock& clock_;
  Reread reread_;
  net::io_context& front_;
  std::unique_ptr<Store> store_;
  std::shared_ptr<tls::Renewable> certificates_;  // of the telemetry port; null: it is plain
  IdentityPart* identity_;                        // null: there is no authority of our own
  OpenGate gate_;                                 // where there is none
  std::shared_ptr<ProtectionFile> protection_;
  ServiceManager& manager_;
  net::thread_pool store_thread_{1};
  Names names_;
  SelfMetrics& self_;
  std::mutex policy_mutex_;  // guards policy_, which reports are made by on other threads
  PolicyPointer policy_;     // never null
  std::deque<Worker> workers_;
  std::unique_ptr<RemoteWriteMetrics> remote_write_metrics_;
  std::unique_ptr<remote::RemoteWrite> remote_write_;  // null: off
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<Web> web_;
  std::unique_ptr<Door> door_;
  net::signal_set signals_;
  net::signal_set hangup_;
  Ticker identity_look_{front_.get_executor(), identity_period};
  Ticker retention_{front_.get_executor(), retention_period};
  Ticker look_{front_.get_executor(), look_period};
  Ticker watch_{front_.get_executor(), watch_period(manager_.watchdog())};
  bool config_good_ = true;      // what was read last is in use
  bool protection_good_ = true;  // likewise
  std::atomic<bool> stopping_ = false;
};

}  // namespace

Result<void> run(const CollectorConfig& config, Reread reread, Time time) {
  raise_descriptor_limit(config.telemetry.max_connections);
  // A limit on the size of files is an error of the store like a full disk, not the end of us.
  std::signal(SIGXFSZ, SIG_IGN);
  ServiceManager manager{ServiceManager::environment()};
  net::io_context front{1};
  SelfMetrics self;
  const SystemClock clock;
  std::unique_ptr<IdentityPart> identity;
  if (config.identity.enabled()) {
    BOOST_OUTCOME_TRY(identity, IdentityPart::open(config.identity, self.registry(), clock));
  }
  BOOST_OUTCOME_TRY(auto certificates,
                    identity ? Result<std::shared_ptr<tls::Renewable>>{identity->contexts()}
                             : certificates_of(config.telemetry));
  BOOST_OUTCOME_TRY(auto telemetry, listen(front, config.telemetry.listen, "telemetry.listen"));
  net::io_context web_context{1};
  BOOST_OUTCOME_TRY(auto web, listen(web_context, config.web.listen, "web.listen"));
  BOOST_OUTCOME_TRY(auto protection,
                    ProtectionFile::open(config.web.config_file, is_exposed(config.web)));
  BOOST_OUTCOME_TRY(PolicyPointer policy, policy_of(config));
  const auto opening = Steady::now();
  StoreOptions store_options = config.store;
  store_options.outbox = config.remote_write.outbox;
  BOOST_OUTCOME_TRY(auto store, open_store(store_options, Access::own));
  const auto shown = [](const tcp::acceptor& acceptor) {
    const auto where = acceptor.local_endpoint();
    return to_string(Endpoint{where.address().to_string(), where.port()});
  };
  // Tests and scripts that ask for port 0 read these two lines.
  spdlog::info("sobriety-collector {}: telemetry on {}", SOBRIETY_VERSION, shown(telemetry));
  spdlog::info("sobriety-collector {}: web on {}://{}/metrics", SOBRIETY_VERSION,
               protection->now()->tls ? "https" : "http", shown(web));
  if (config.web.unprotected && !is_loopback(config.web.listen))
    spdlog::warn("web.unprotected is set: TLS or users are not demanded on {}", shown(web));
  WebParts parts{web_context, std::move(web), std::move(protection)};
  App app{config,
          std::move(reread),
          std::move(telemetry),
          std::move(parts),
          front,
          std::move(store),
          std::move(certificates),
          identity.get(),
          self,
          manager,
          time,
          std::move(policy)};
  BOOST_OUTCOME_TRY(app.restore());
  BOOST_OUTCOME_TRY(app.open_remote_write());
  spdlog::info(
      "accounts in the {} store {}, checked and read in {} ms", config.store.kind,
      config.store.path.string(),
      std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - opening).count());
  app.run();
  return success();
}

}  // namespace sobriety::collector
