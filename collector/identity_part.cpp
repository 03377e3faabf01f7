#include "collector/identity_part.hpp"

#include "collector/door/door_tls.hpp"

namespace sobriety::collector {

Result<std::unique_ptr<IdentityPart>> IdentityPart::open(const IdentityOptions& options,
                                                         prometheus::Registry& registry,
                                                         const Clock& clock) {
  std::unique_ptr<IdentityPart> part{new IdentityPart{registry, clock}};
  BOOST_OUTCOME_TRY(part->service_, IdentityService::open(options, part->metrics_, clock));
  const AuthorityFiles& files = part->service_->files();
  const auto load = [own = tls::KeyFiles{files.server, files.server}, clients = files.clients] {
    return door_context(own, clients, true);
  };
  BOOST_OUTCOME_TRY(part->contexts_, tls::Renewable::make({files.server, files.clients}, load));
  return part;
}

DoorTls IdentityPart::door() const { return {contexts_, service_->gate(), service_.get()}; }

Task<> IdentityPart::look(Door& door) {
  const bool changed = co_await service_->look();
  if (!changed) co_return;
  door.end_sessions_of([this](const tls::PeerCertificate& peer) {
    return service_->gate().admit(peer, clock_.now().wall) != Admission::allowed;
  });
}

}  // namespace sobriety::collector
