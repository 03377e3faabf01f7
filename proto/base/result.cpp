#include "proto/base/result.hpp"

#include <cerrno>
#include <system_error>

namespace sobriety {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::absent:
      return "absent";
    case Errc::denied:
      return "denied";
    case Errc::broken:
      return "broken";
    case Errc::malformed:
      return "malformed";
    case Errc::too_large:
      return "too large";
    case Errc::unsupported:
      return "unsupported";
    case Errc::unavailable:
      return "unavailable";
    case Errc::closed:
      return "closed";
    case Errc::exhausted:
      return "exhausted";
  }
  return "unknown";
}

namespace {
Errc classify(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ENOTDIR:
      return Errc::absent;
    case EACCES:
    case EPERM:
      return Errc::denied;
    case ENOSPC:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Errc::exhausted;
    case EAGAIN:
    case EINTR:
    case ECONNREFUSED:
    case ETIMEDOUT:
    case EADDRINUSE:
      return Errc::unavailable;
    default:
      return Errc::broken;
  }
}
}  // namespace

Error system_error(int error_number, std::string_view doing) {
  std::string message{doing};
  message += ": ";
  message += std::generic_category().message(error_number);
  return {classify(error_number), std::move(message)};
}

}  // namespace sobriety
