#include "agent/source/source.hpp"

namespace sobriety::agent {

Discovery not_found(const Error& error) {
  Discovery discovery;
  discovery.status = error.code == Errc::absent   ? SourceStatus::absent
                     : error.code == Errc::denied ? SourceStatus::denied
                                                  : SourceStatus::broken;
  discovery.summary = error.message;
  return discovery;
}

}  // namespace sobriety::agent
