#include "agent/spool/file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace sobriety::agent::spool {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

// The call again while a signal interrupts it.
template <class Call>
auto whole(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class RealFile final : public File {
 public:
  RealFile(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const auto some = whole([&] {
        return ::pread(file_.number(), bytes.data() + got, size - got,
                       static_cast<off_t>(offset + got));
      });
      if (some < 0) return system_error(errno, "cannot read " + path_);
      if (some == 0) break;
      got += static_cast<std::size_t>(some);
    }
    bytes.resize(got);
    return bytes;
  }

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto some = whole([&] {
        return ::pwrite(file_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (some < 0) return system_error(errno, "cannot write " + path_);
      offset += static_cast<std::uint64_t>(some);
      bytes.remove_prefix(static_cast<std::size_t>(some));
    }
    return success();
  }

  Result<void> cut(std::uint64_t size) override {
    if (whole([&] { return ::ftruncate(file_.number(), static_cast<off_t>(size)); }) != 0)
      return system_error(errno, "cannot cut " + path_);
    return success();
  }

  Result<void> reserve(std::uint64_t size) override {
    if (whole([&] { return ::fallocate(file_.number(), 0, 0, static_cast<off_t>(size)); }) == 0)
      return success();
    // Some file systems cannot: the file then grows as it is written.
    if (errno == EOPNOTSUPP || errno == ENOSYS) return success();
    return system_error(errno, "cannot reserve space for " + path_);
  }

  Result<void> sync() override {
    if (whole([&] { return ::fdatasync(file_.number()); }) != 0)
      return system_error(errno, "cannot sync " + path_);
    return success();
  }

 private:
  Descriptor file_;
  std::string path_;
};

class RealDirectory final : public Directory {
 public:
  RealDirectory(Descriptor directory, std::string path)
      : directory_(std::move(directory)), path_(std::move(path)) {}

  Result<std::vector<std::string>> names() override {
    std::vector<std::string> names;
    DIR* listing = ::opendir(path_.c_str());
    if (listing == nullptr) return system_error(errno, "cannot list " + path_);
    while (const dirent* entry = ::readdir(listing)) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    ::closedir(listing);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::unique_ptr<File>> open(const std::string& name) override { return open(name, 0); }
  Result<std::unique_ptr<File>> create(const std::string& name) override {
    return open(name, O_CREAT | O_TRUNC);
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::renameat(directory_.number(), from.c_str(), directory_.number(), to.c_str()) != 0)
      return system_error(errno, "cannot rename " + path_ + '/' + from);
    return success();
  }

  Result<void> remove(const std::string& name) override {
    if (::unlinkat(directory_.number(), name.c_str(), 0) != 0)
      return system_error(errno, "cannot remove " + path_ + '/' + name);
    return success();
  }

  Result<void> sync() override {
    if (whole([&] { return ::fsync(directory_.number()); }) != 0)
      return system_error(errno, "cannot sync " + path_);
    return success();
  }

  [[nodiscard]] std::string path() const override { return path_; }

 private:
  Result<std::unique_ptr<File>> open(const std::string& name, int more) {
    const std::string path = path_ + '/' + name;
    Descriptor file{whole([&] {
      return ::openat(directory_.number(), name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | more,
                      0600);
    })};
    if (file.number() < 0) return system_error(errno, "cannot open " + path);
    return std::unique_ptr<File>{std::make_unique<RealFile>(std::move(file), path)};
  }

  Descriptor directory_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<Directory>> open_directory(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return system_error(errno, "cannot make " + path.string());
  Descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.number() < 0) return system_error(errno, "cannot open " + path.string());
  if (::flock(directory.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(Errc::unavailable, path.string() +
                                         " is in use by another agent; stop that one, or give "
                                         "this one a host.state_directory of its own");
    return system_error(errno, "cannot lock " + path.string());
  }
  return std::unique_ptr<Directory>{
      std::make_unique<RealDirectory>(std::move(directory), path.string())};
}

}  // namespace sobriety::agent::spool
