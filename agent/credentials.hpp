// Which certificate this host shows, to which collector: files of the configuration, or what
// enrolment fetched and keeps.
#pragma once

#include "agent/config.hpp"
#include "agent/enrol/enroller.hpp"
#include "agent/uplink/uplink.hpp"
#include "proto/runtime/tls.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sobriety::agent {

// How this host is known, as its configuration has it.
[[nodiscard]] std::string host_name_of(const AgentConfig& config);
[[nodiscard]] Enroller::Options enrolment_options(const AgentConfig& config);

class Credentials {
 public:
  // All but the configuration outlive it. `uplink` is aimed where the certificate says, and told to
  // hurry when there is a new one.
  Credentials(net::io_context& context, const AgentConfig& config, const Clock& clock,
              Uplink& uplink);

  // What the next connection is secured with: read again where the files changed.
  [[nodiscard]] Result<tls::Context> context();

  // Keeps the certificate until stop(), if it is enrolment's to keep.
  Task<> run();
  void stop();

 private:
  [[nodiscard]] Result<void> aim();

  std::filesystem::path state_directory_;
  std::optional<Endpoint> collector_;
  tls::KeyFiles own_;
  std::filesystem::path ca_;
  std::optional<Enroller> enroller_;  // none: the files are somebody else's to keep
  std::shared_ptr<tls::Renewable> kept_;
  Uplink& uplink_;
};

}  // namespace sobriety::agent
