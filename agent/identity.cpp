#include "agent/identity.hpp"

#include "agent/source/label.hpp"
#include "proto/wire/messages.hpp"

#include <sys/utsname.h>
#include <systemd/sd-id128.h>

#include <algorithm>

namespace sobriety::agent {

std::string machine_name() {
  utsname name{};
  ::uname(&name);
  std::string clean = clean_label(name.nodename, wire::max_host_name);
  return clean.empty() ? "unnamed" : clean;
}

std::optional<MachineHash> machine_hash() {
  // Random, ours for good: other programs' hashes of the same machine are others.
  constexpr sd_id128_t sobriety =
      SD_ID128_MAKE(5e, 1d, 0b, 93, c4, 7f, 4a, 26, 9d, 58, 31, e0, 7c, a6, 42, bf);
  sd_id128_t hash;
  if (::sd_id128_get_machine_app_specific(sobriety, &hash) != 0) return std::nullopt;
  MachineHash machine;
  std::copy(std::begin(hash.bytes), std::end(hash.bytes), machine.bytes.begin());
  return machine;
}

}  // namespace sobriety::agent
