#include "tests/fleet/truth_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sobriety::simulation {

Result<TruthFile> TruthFile::open(const std::filesystem::path& path, std::size_t hosts) {
  const auto problem = [&](const char* what) {
    return Error{Errc::broken, path.native() + ": " + what + ": " + std::strerror(errno)};
  };
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return problem("cannot be opened");
  struct stat status {};
  const auto size = static_cast<off_t>(hosts * sizeof(HostTruth));
  void* memory = MAP_FAILED;
  if (::fstat(fd, &status) == 0 && (status.st_size == size || status.st_size == 0) &&
      ::ftruncate(fd, size) == 0)
    memory =
        ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (memory == MAP_FAILED) return problem("is not the truth of a fleet of that many hosts");
  return TruthFile{{static_cast<HostTruth*>(memory), hosts}};
}

TruthFile::TruthFile(TruthFile&& other) noexcept : hosts_(std::exchange(other.hosts_, {})) {}

TruthFile& TruthFile::operator=(TruthFile&& other) noexcept {
  std::swap(hosts_, other.hosts_);
  return *this;
}

TruthFile::~TruthFile() {
  if (!hosts_.empty()) ::munmap(hosts_.data(), hosts_.size_bytes());
}

}  // namespace sobriety::simulation
