#include "proto/runtime/version.hpp"

#include <sys/utsname.h>

#include <boost/version.hpp>

namespace sobriety {

std::string version_text(std::string_view program) {
  const std::string_view commit = SOBRIETY_COMMIT;
  utsname system{};
  ::uname(&system);
  std::string text{program};
  text += " " SOBRIETY_VERSION "\n";
  if (!commit.empty()) text.append("commit ").append(commit).append("\n");
  text += "built with C++ compiler " __VERSION__ ", Boost " BOOST_LIB_VERSION
          ", protobuf " SOBRIETY_PROTOBUF "\n";
  return text + "running on " + system.sysname + " " + system.release + " " + system.machine;
}

}  // namespace sobriety
