#include "agent/identity.hpp"

#include "agent/source/label.hpp"
#include "proto/wire/messages.hpp"

#include <sys/utsname.h>

namespace sobriety::agent {

std::string machine_name() {
  utsname name{};
  ::uname(&name);
  std::string clean = clean_label(name.nodename, wire::max_host_name);
  return clean.empty() ? "unnamed" : clean;
}

}  // namespace sobriety::agent
