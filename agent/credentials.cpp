#include "agent/credentials.hpp"

#include "agent/enrol/exchange.hpp"
#include "agent/enrol/host_id.hpp"
#include "agent/identity.hpp"

namespace sobriety::agent {

std::string host_name_of(const AgentConfig& config) {
  return config.host.name.empty() ? machine_name() : config.host.name;
}

Enroller::Options enrolment_options(const AgentConfig& config) {
  const auto& token = config.collector.token_file;
  const auto& state = config.host.state_directory;
  return {state, token.empty() ? IdentityFiles{state}.token : token, config.collector.endpoint,
          host_name_of(config)};
}

Credentials::Credentials(net::io_context& context, const AgentConfig& config, const Clock& clock,
                         Uplink& uplink)
    : state_directory_(config.host.state_directory),
      collector_(config.collector.endpoint),
      own_{config.collector.tls.certificate, config.collector.tls.key},
      ca_(config.collector.tls.ca),
      uplink_(uplink) {
  const IdentityFiles files{state_directory_};
  const bool enrols = own_.certificate.empty();
  if (own_.certificate.empty()) own_.certificate = files.certificate;
  if (own_.key.empty()) own_.key = files.key;
  if (ca_.empty()) ca_ = files.ca;
  if (!enrols) return;
  auto ask = [&context, files,
              name = config.collector.tls.server_name](EnrolmentQuestion question) {
    return ask_collector(context, files, name, std::move(question));
  };
  enroller_.emplace(context, enrolment_options(config), std::move(ask), clock,
                    [this] { uplink_.hurry(); });
}

Result<tls::Context> Credentials::context() {
  std::error_code ignored;
  if (enroller_ && !std::filesystem::exists(own_.certificate, ignored))
    return fail(Errc::absent, "this host has no certificate yet");
  BOOST_OUTCOME_TRY(aim());
  if (kept_ == nullptr) {
    const auto load = [own = own_, ca = ca_] { return tls::client_context(tls::CaFile{ca}, own); };
    BOOST_OUTCOME_TRY(kept_, tls::Renewable::make({own_.certificate, own_.key, ca_}, load));
  } else {
    BOOST_OUTCOME_TRY(kept_->look());
  }
  return kept_->now();
}

// Enrolment decides who this host is, and may have told where its collector is.
Result<void> Credentials::aim() {
  BOOST_OUTCOME_TRY(const auto host, load_or_make_host_id(state_directory_));
  Endpoint collector = collector_.value_or(default_collector);
  if (enroller_ && !collector_) {
    BOOST_OUTCOME_TRY(const auto told, enroller_->store().endpoints());
    if (!told.empty()) collector = told.front();
  }
  uplink_.aim(std::move(collector), host);
  return success();
}

Task<> Credentials::run() {
  if (enroller_) co_await enroller_->run();
}

void Credentials::stop() {
  if (enroller_) enroller_->stop();
}

}  // namespace sobriety::agent
