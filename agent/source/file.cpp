#include "agent/source/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace sobriety::agent {

namespace {
// O_NONBLOCK: a FIFO or a device in a hostile tree must not stop the agent.
int open_for_reading(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

constexpr std::size_t first_read = 4096;

ssize_t read_at(int descriptor, char* to, std::size_t size, off_t offset) {
  for (;;) {
    const ssize_t got = ::pread(descriptor, to, size, offset);
    if (got >= 0 || errno != EINTR) return got;
  }
}
}  // namespace

Result<KeptFile> KeptFile::open(const std::filesystem::path& path, std::size_t capacity) {
  const int descriptor = open_for_reading(path);
  if (descriptor < 0) return system_error(errno, path.native());
  return KeptFile{descriptor, path, capacity};
}

KeptFile::KeptFile(int descriptor, std::filesystem::path path, std::size_t capacity)
    : descriptor_(descriptor), path_(std::move(path)), buffer_(capacity) {}

KeptFile::KeptFile(KeptFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      buffer_(std::move(other.buffer_)) {}

KeptFile& KeptFile::operator=(KeptFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

KeptFile::~KeptFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::string_view> KeptFile::read() {
  const ssize_t got = read_at(descriptor_, buffer_.data(), buffer_.size(), 0);
  if (got < 0) return system_error(errno, path_.native());
  return std::string_view{buffer_.data(), static_cast<std::size_t>(got)};
}

Result<std::string> read_once(const std::filesystem::path& path, std::size_t limit) {
  const int descriptor = open_for_reading(path);
  if (descriptor < 0) return system_error(errno, path.native());
  std::string content;
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < limit) {
    // A limit is generous: what was cleared for all of it would stay with the process.
    if (size == content.size()) content.resize(std::min(limit, std::max(first_read, 2 * size)));
    got =
        read_at(descriptor, content.data() + size, content.size() - size, static_cast<off_t>(size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  const int error = errno;
  ::close(descriptor);
  if (got < 0) return system_error(error, path.native());
  content.resize(size);
  constexpr const char* blanks = " \t\r\n";
  content.erase(content.find_last_not_of(blanks) + 1);
  content.erase(0, content.find_first_not_of(blanks));
  return content;
}

std::vector<std::string> names_in(const std::filesystem::path& directory, std::size_t limit) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{directory, error}, end;
       !error && entry != end && names.size() < limit; entry.increment(error))
    names.push_back(entry->path().filename().native());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace sobriety::agent
