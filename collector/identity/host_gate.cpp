#include "collector/identity/host_gate.hpp"

namespace sobriety::collector {

Admission HostGate::admit(const tls::PeerCertificate& peer, WallTime) {
  const std::lock_guard lock{mutex_};
  const auto found = known_.find(peer.fingerprint);
  if (found == known_.end() || found->second.host != peer.host) return Admission::unknown;
  switch (found->second.standing) {
    case Standing::pending:
      return Admission::pending;
    case Standing::approved:
      return Admission::allowed;
    case Standing::revoked:
      break;
  }
  return Admission::revoked;
}

void HostGate::know(const KnownCertificate& one) {
  const std::lock_guard lock{mutex_};
  known_[one.fingerprint] = {one.host, one.standing};
}

void HostGate::replace(const std::vector<KnownCertificate>& all) {
  std::unordered_map<Digest, Known, identity::DigestHash> fresh;
  fresh.reserve(all.size());
  for (const KnownCertificate& one : all) fresh[one.fingerprint] = {one.host, one.standing};
  const std::lock_guard lock{mutex_};
  known_.swap(fresh);
}

}  // namespace sobriety::collector
