// The identity service while the collector runs: authority and register on a thread of their own,
// the door's gate in front, and a look at what the command line changed.
#pragma once

#include "collector/door/enrolment.hpp"
#include "collector/identity/counters.hpp"
#include "collector/identity/host_gate.hpp"
#include "collector/identity/options.hpp"
#include "collector/identity/registrar.hpp"
#include "proto/base/clock.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace sobriety::collector {

class IdentityService final : public EnrolmentService {
 public:
  // The counters and the clock outlive it. The certificate of the telemetry port is renewed where
  // that is due.
  [[nodiscard]] static Result<std::unique_ptr<IdentityService>> open(const IdentityOptions& options,
                                                                     IdentityCounters& counters,
                                                                     const Clock& clock);

  [[nodiscard]] PeerGate& gate() { return gate_; }
  [[nodiscard]] const AuthorityFiles& files() const { return files_; }

  Task<std::string> answer(std::string request, std::optional<tls::PeerCertificate> peer,
                           net::ip::address from) override;
  // Call about once a second: takes in what other programs have changed and renews what is due.
  // True where sessions may have to end: the gate knows which.
  Task<bool> look();
  // Waits for what is being decided; nothing may be asked afterwards.
  void join() { thread_.join(); }

 private:
  IdentityService(const IdentityOptions& options, std::unique_ptr<Register> hosts,
                  Authority authority, IdentityCounters& counters, const Clock& clock);

  // On the service's thread:
  Task<std::string> decide(std::string request, std::optional<ShownCertificate> shown,
                           std::string from);
  Task<bool> look_here();
  Result<bool> look_at_register();
  Result<void> look_at_authority();
  [[nodiscard]] WallTime now() const { return clock_.now().wall; }

  const IdentityOptions options_;
  const AuthorityFiles files_;
  IdentityCounters& counters_;
  const Clock& clock_;
  HostGate gate_;
  std::unique_ptr<Register> register_;
  Authority authority_;
  std::filesystem::file_time_type issuing_changed_;
  std::int64_t seen_version_ = -1;
  WallTime next_renewal_look_{};
  std::string last_problem_;    // logged once, not at each look
  net::thread_pool thread_{1};  // last: what runs there uses the rest
};

}  // namespace sobriety::collector
