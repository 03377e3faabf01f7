#include "proto/identity/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace sobriety::identity {

namespace {

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}

// Commands are run as root, programs are not: what root makes belongs to whom its directory
// belongs.
Result<void> give_to_owner_of_directory(const std::filesystem::path& path, int file) {
  if (::geteuid() != 0) return success();
  struct stat owner {};
  if (::stat(directory_of(path).c_str(), &owner) != 0 ||
      ::fchown(file, owner.st_uid, owner.st_gid) != 0)
    return system_error(errno, path.string() + ": cannot be given to the owner of its directory");
  return success();
}

// The name of a file is durable once its directory is.
Result<void> sync_directory_of(const std::filesystem::path& path) {
  const auto parent = directory_of(path);
  const Descriptor directory{parent, O_RDONLY | O_DIRECTORY};
  if (!directory.open() || ::fsync(directory.number()) != 0)
    return system_error(errno, parent.string() + ": cannot be synced");
  return success();
}

}  // namespace

Result<void> make_private_directory(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return system_error(errno, path.string() + ": cannot be made");
  const Descriptor directory{path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW};
  if (!directory.open() || ::fchmod(directory.number(), 0700) != 0)
    return system_error(errno, path.string() + ": cannot be made private");
  return give_to_owner_of_directory(path, directory.number());
}

Result<void> make_private_file(const std::filesystem::path& path) {
  const Descriptor file{path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600};
  if (!file.open()) return system_error(errno, path.string() + ": cannot be opened");
  return give_to_owner_of_directory(path, file.number());
}

Result<void> write_whole(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path draft = path.string() + ".new";
  ::unlink(draft.c_str());  // of a write that was interrupted
  {
    const Descriptor file{draft, O_WRONLY | O_CREAT | O_EXCL, 0600};
    if (!file.open() || !write_all(file.number(), text) || ::fsync(file.number()) != 0)
      return system_error(errno, draft.string() + ": cannot be written");
    BOOST_OUTCOME_TRY(give_to_owner_of_directory(draft, file.number()));
  }
  return rename_file(draft, path);
}

Result<std::string> read_whole(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file{path, O_RDONLY};
  if (!file.open()) return system_error(errno, path.string() + ": cannot be read");
  std::string text(limit + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto count = ::read(file.number(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, path.string() + ": cannot be read");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > limit)
    return fail(Errc::too_large,
                path.string() + ": is larger than " + std::to_string(limit) + " bytes");
  text.resize(size);
  return text;
}

Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    return system_error(errno, from.string() + ": cannot be renamed to " + to.string());
  return sync_directory_of(to);
}

Result<void> remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == 0) return sync_directory_of(path);
  if (errno == ENOENT) return success();
  return system_error(errno, path.string() + ": cannot be removed");
}

}  // namespace sobriety::identity
