// Lets in the certificates of the register whose hosts are approved.
#pragma once

#include "collector/door/gate.hpp"
#include "collector/identity/register.hpp"

#include <mutex>
#include <unordered_map>
#include <vector>

namespace sobriety::collector {

class HostGate final : public PeerGate {
 public:
  // A certificate that the authority has signed and the register does not know is not let in: a
  // copy of the issuing CA's key alone lets nobody in.
  [[nodiscard]] Admission admit(const tls::PeerCertificate& peer, WallTime now) override;

  void know(const KnownCertificate& one);
  void replace(const std::vector<KnownCertificate>& all);

 private:
  struct Known {
    HostId host;
    Standing standing;
  };
  std::mutex mutex_;  // guards known_
  std::unordered_map<Digest, Known, identity::DigestHash> known_;
};

}  // namespace sobriety::collector
