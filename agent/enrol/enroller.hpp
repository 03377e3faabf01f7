// Keeps this host's certificate: enrols by a token where there is one, renews in time, asks again
// as long as it takes. How a collector is asked is handed in.
#pragma once

#include "agent/enrol/identity_store.hpp"
#include "proto/base/backoff.hpp"
#include "proto/base/clock.hpp"
#include "proto/runtime/asio.hpp"

#include <functional>
#include <random>
#include <string>

namespace sobriety::agent {

// When to renew: at two thirds of its life and up to a twelfth later, so that hosts that enrolled
// together do not renew together. `jitter`: 0 to 1.
[[nodiscard]] WallTime renewal_time(const OwnCertificate& own, double jitter);

struct EnrolmentQuestion {
  Endpoint collector;
  std::string request;                  // payload of an enrol_request
  std::optional<identity::Digest> pin;  // of the collector's root; none: it is asked with the
                                        // certificate that is there, and known by the roots there
};
// The payload of the reply, or why there is none.
using AskCollector = std::function<Task<Result<std::string>>(EnrolmentQuestion)>;

struct EnrolmentStep {
  enum class What {
    idle,       // the certificate is good
    lacking,    // there is neither certificate nor token
    installed,  // a new certificate is there
    pending,
    refused,
    busy,    // another process asks
    failed,  // no answer came, or the files do not work
  };
  What what = What::idle;
  std::string message;  // for people; empty where it is idle
  std::chrono::milliseconds wait{0};
};

class Enroller {
 public:
  struct Options {
    std::filesystem::path state_directory;
    std::filesystem::path token_file;
    std::optional<Endpoint> collector;  // configured; none: the token's, or those it once told
    std::string host_name;
  };

  // `clock` outlives it. `installed` is called when there is a new certificate, whoever fetched it.
  Enroller(
      net::io_context& context, Options options, AskCollector ask, const Clock& clock,
      std::function<void()> installed = [] {});

  Task<> run();  // until stop()
  void stop();

  // What is to be done now: at most one question. The next after `wait`.
  Task<EnrolmentStep> step();

  [[nodiscard]] const IdentityStore& store() const { return store_; }

 private:
  [[nodiscard]] std::optional<EnrolmentStep> without_token();
  void look_at(const OwnCertificate& own);
  Task<EnrolmentStep> enrol(identity::Token token);
  Task<EnrolmentStep> renew();
  EnrolmentStep take(const Result<std::string>& answer, const std::vector<Endpoint>& endpoints);
  [[nodiscard]] Result<std::string> request_for(const std::string& purpose,
                                                const identity::Token* token);
  EnrolmentStep failed(std::string message, std::chrono::milliseconds asked = {});
  void say(const EnrolmentStep& step);

  Options options_;
  IdentityStore store_;
  AskCollector ask_;
  const Clock& clock_;
  std::function<void()> installed_;
  Backoff backoff_;
  double jitter_;
  std::string serial_;    // of the certificate that `installed` was told of
  std::size_t turn_ = 0;  // which of several endpoints is asked next
  net::steady_timer pause_;
  bool stopping_ = false;
  std::string said_;  // logged once, not at each try
};

}  // namespace sobriety::agent
