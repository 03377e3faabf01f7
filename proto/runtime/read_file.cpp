#include "proto/runtime/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace sobriety {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  constexpr std::size_t piece = 256U << 10U;
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number() < 0) return system_error(errno, path.string() + ": cannot be read");
  struct stat status {};
  if (::fstat(file.number(), &status) != 0)
    return system_error(errno, path.string() + ": cannot be read");
  if (S_ISDIR(status.st_mode))
    return fail(Errc::broken, path.string() + ": is a directory, expected a file");
  if (!S_ISREG(status.st_mode))
    return fail(Errc::broken, path.string() + ": is not a regular file");
  std::string content;
  std::size_t size = 0;
  while (size <= limit) {
    content.resize(std::min(limit + 1, size + piece));
    const auto got = ::read(file.number(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(errno, path.string() + ": cannot be read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit)
    return fail(Errc::too_large,
                path.string() + ": is larger than " + std::to_string(limit) + " bytes");
  content.resize(size);
  return content;
}

}  // namespace sobriety
