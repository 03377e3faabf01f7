#include "collector/store/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace sobriety::collector {

Result<Lock> Lock::take(const std::filesystem::path& store) {
  const std::string path = store.string() + ".lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    const Error error = system_error(errno, path + ": cannot be opened");
    return fail(error.code, error.message +
                                "; make the directory writable for the collector's "
                                "user, or set store.path");
  }
  Lock lock{file};
  if (::flock(file, LOCK_EX | LOCK_NB) != 0)
    return fail(Errc::unavailable, store.string() +
                                       ": another sobriety-collector uses this store; stop it, or "
                                       "give this one a store of its own by store.path");
  return lock;
}

Lock::~Lock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace sobriety::collector
