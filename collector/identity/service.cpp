#include "collector/identity/service.hpp"

#include "proto/runtime/log.hpp"

namespace sobriety::collector {

namespace {

constexpr std::chrono::minutes between_renewal_looks{1};

std::filesystem::file_time_type changed(const std::filesystem::path& path) {
  std::error_code gone;
  return std::filesystem::last_write_time(path, gone);
}

bool is_good(EnrolmentOutcome outcome) {
  return outcome <= EnrolmentOutcome::pending;  // the good ones come first
}

}  // namespace

Result<std::unique_ptr<IdentityService>> IdentityService::open(const IdentityOptions& options,
                                                               IdentityCounters& counters,
                                                               const Clock& clock) {
  BOOST_OUTCOME_TRY(auto authority, Authority::open(options.directory));
  BOOST_OUTCOME_TRY(auto hosts, Register::open(register_file(options.directory)));
  std::unique_ptr<IdentityService> made{
      new IdentityService{options, std::move(hosts), std::move(authority), counters, clock}};
  BOOST_OUTCOME_TRY(made->look_at_register());
  BOOST_OUTCOME_TRY(made->look_at_authority());
  return made;
}

IdentityService::IdentityService(const IdentityOptions& options, std::unique_ptr<Register> hosts,
                                 Authority authority, IdentityCounters& counters,
                                 const Clock& clock)
    : options_(options),
      files_(options.directory),
      counters_(counters),
      clock_(clock),
      register_(std::move(hosts)),
      authority_(std::move(authority)),
      issuing_changed_(changed(files_.issuing)) {}

Task<std::string> IdentityService::answer(std::string request,
                                          std::optional<tls::PeerCertificate> peer,
                                          net::ip::address from) {
  std::optional<ShownCertificate> shown;
  if (peer) shown = ShownCertificate{peer->fingerprint, peer->key};
  auto work = decide(std::move(request), shown, from.to_string());
  std::string reply = co_await net::co_spawn(thread_, std::move(work), net::use_awaitable);
  co_return reply;
}

Task<std::string> IdentityService::decide(std::string request,
                                          std::optional<ShownCertificate> shown, std::string from) {
  const Answer answer =
      Registrar{*register_, authority_, options_.policy}.answer(request, shown, now());
  counters_.enrolment(answer.outcome);
  if (answer.certificate) gate_.know(*answer.certificate);
  spdlog::log(is_good(answer.outcome) ? spdlog::level::info : spdlog::level::warn,
              "enrolment from {}: {}: {}", from, to_string(answer.outcome), answer.detail);
  co_return wire::encode(answer.reply);
}

Task<bool> IdentityService::look() {
  auto work = look_here();
  const bool changed = co_await net::co_spawn(thread_, std::move(work), net::use_awaitable);
  co_return changed;
}

Task<bool> IdentityService::look_here() {
  const auto seen = look_at_register();
  const Result<void> kept = look_at_authority();
  std::string problem;
  if (!seen) problem = seen.error().message;
  if (!kept) problem = kept.error().message;
  if (problem != last_problem_ && !problem.empty())
    spdlog::error("identity: {}; what was known stays in use", problem);
  last_problem_ = std::move(problem);
  co_return seen&& seen.value();
}

Result<bool> IdentityService::look_at_register() {
  BOOST_OUTCOME_TRY(const auto version, register_->version());
  if (version == seen_version_) return false;
  BOOST_OUTCOME_TRY(const auto known, register_->known());
  gate_.replace(known);
  seen_version_ = version;
  return true;
}

Result<void> IdentityService::look_at_authority() {
  const auto stamp = changed(files_.issuing);
  if (stamp != issuing_changed_) {
    BOOST_OUTCOME_TRY(auto fresh, Authority::open(options_.directory));
    authority_ = std::move(fresh);
    issuing_changed_ = stamp;
    next_renewal_look_ = {};
    spdlog::info("identity: certificates are issued by {} from now on",
                 authority_.issuing().subject());
  }
  if (now() < next_renewal_look_) return success();
  next_renewal_look_ = now() + between_renewal_looks;
  BOOST_OUTCOME_TRY(const bool renewed, authority_.renew_server(options_.names, now()));
  BOOST_OUTCOME_TRY(const auto server, authority_.server());
  if (renewed)
    spdlog::info("identity: renewed this collector's certificate, serial {}", server.serial());
  counters_.expiries(authority_.root().not_after(), authority_.issuing().not_after(),
                     server.not_after());
  return success();
}

}  // namespace sobriety::collector
