// libpower_cut.so, to be preloaded: the machine loses its power at a chosen call.
//
// It watches the calls that change files below $POWER_CUT_BELOW and keeps what they overwrote until
// the file is synced. At the call number $POWER_CUT_AT it takes back what was not synced (all of
// it, or with $POWER_CUT_KEEP=N a part: writes whose number divides by N stay, as a disk that
// writes back in an order of its own would leave them) and ends the process as a power cut would:
// at once, with status 88. Without $POWER_CUT_AT it only counts; the count goes to the file
// $POWER_CUT_COUNT at the end.
//
// Names (create, rename, unlink) are kept as they are: losing those is tested where the spool's
// file system is a fake. Memory mappings are not watched: SQLite maps only its -shm file, which a
// restart makes anew.
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

using FileId = std::pair<dev_t, ino_t>;

// What one call overwrote.
struct Undo {
  off_t offset;
  std::string before;  // the bytes that were there; shorter than the write where the file grew
  off_t size;          // of the file before
  unsigned long call;
};

struct Unsynced {
  std::string path;
  std::vector<Undo> undos;
};

template <typename Call>
Call real(const char* name) {
  return reinterpret_cast<Call>(::dlsym(RTLD_NEXT, name));
}

class Disk {
 public:
  Disk() {
    if (const char* below = std::getenv("POWER_CUT_BELOW")) below_ = below;
    if (const char* at = std::getenv("POWER_CUT_AT")) at_ = std::strtoul(at, nullptr, 10);
    if (const char* keep = std::getenv("POWER_CUT_KEEP")) keep_ = std::strtoul(keep, nullptr, 10);
    if (const char* count = std::getenv("POWER_CUT_COUNT")) count_file_ = count;
  }

  ~Disk() {
    if (count_file_.empty()) return;
    if (FILE* out = std::fopen(count_file_.c_str(), "w")) {
      std::fprintf(out, "%lu\n", calls_);
      std::fclose(out);
    }
  }

  // Before a change of [offset, offset + length) of the file: counts it, and cuts if it is time.
  // A negative offset: at the end of the file.
  void changes(int fd, off_t offset, std::size_t length) {
    const std::lock_guard lock{mutex_};
    struct stat status {};
    std::string path;
    if (!watched(fd, status, path)) return;
    count();
    if (offset < 0) offset = status.st_size;
    Undo undo{offset, std::string(length, '\0'), status.st_size, calls_};
    // A descriptor of its own: the program's may be for writing only.
    const int reader = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY));
    const ssize_t got =
        reader < 0 ? 0 : ::syscall(SYS_pread64, reader, undo.before.data(), length, offset);
    if (reader >= 0) ::syscall(SYS_close, reader);
    undo.before.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    Unsynced& file = unsynced_[{status.st_dev, status.st_ino}];
    file.path = path;
    file.undos.push_back(std::move(undo));
  }

  // The file's current size, before it is cut or grown to another.
  void resizes(int fd, off_t to) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return;
    const off_t from = std::min(to, status.st_size);
    changes(fd, from, static_cast<std::size_t>(status.st_size - from));
  }

  void will_sync(int fd) {
    const std::lock_guard lock{mutex_};
    struct stat status {};
    std::string path;
    if (watched(fd, status, path)) count();
  }

  void synced(int fd) {
    const std::lock_guard lock{mutex_};
    struct stat status {};
    if (::fstat(fd, &status) == 0) unsynced_.erase({status.st_dev, status.st_ino});
  }

 private:
  bool watched(int fd, struct stat& status, std::string& path) const {
    if (below_.empty() || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    char link[64];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    char name[PATH_MAX];
    const ssize_t length = ::readlink(link, name, sizeof name);
    if (length <= 0) return false;
    path.assign(name, static_cast<std::size_t>(length));
    return path.rfind(below_, 0) == 0;
  }

  void count() {
    if (++calls_ != at_) return;
    for (auto& [id, file] : unsynced_) take_back(file);
    ::syscall(SYS_exit_group, 88);
  }

  void take_back(const Unsynced& file) const {
    const int fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, file.path.c_str(), O_RDWR));
    if (fd < 0) return;  // unlinked meanwhile
    for (auto undo = file.undos.rbegin(); undo != file.undos.rend(); ++undo) {
      if (keep_ != 0 && undo->call % keep_ == 0) continue;
      ::syscall(SYS_pwrite64, fd, undo->before.data(), undo->before.size(), undo->offset);
      ::syscall(SYS_ftruncate, fd, undo->size);
    }
    ::syscall(SYS_close, fd);
  }

  std::mutex mutex_;
  std::string below_;
  std::string count_file_;
  unsigned long at_ = 0;
  unsigned long keep_ = 0;
  unsigned long calls_ = 0;
  std::map<FileId, Unsynced> unsynced_;
};

Disk& disk() {
  static Disk the_disk;
  return the_disk;
}

off_t position(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return (flags & O_APPEND) != 0 ? -1 : ::lseek(fd, 0, SEEK_CUR);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t length) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  disk().changes(fd, position(fd), length);
  return next(fd, data, length);
}

ssize_t pwrite(int fd, const void* data, size_t length, off_t offset) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  disk().changes(fd, offset, length);
  return next(fd, data, length, offset);
}

ssize_t pwrite64(int fd, const void* data, size_t length, off64_t offset) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  disk().changes(fd, offset, length);
  return next(fd, data, length, offset);
}

ssize_t writev(int fd, const iovec* pieces, int count) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int)>("writev");
  size_t length = 0;
  for (int i = 0; i < count; ++i) length += pieces[i].iov_len;
  disk().changes(fd, position(fd), length);
  return next(fd, pieces, count);
}

int ftruncate(int fd, off_t size) noexcept {
  static const auto next = real<int (*)(int, off_t)>("ftruncate");
  disk().resizes(fd, size);
  return next(fd, size);
}

int ftruncate64(int fd, off64_t size) noexcept {
  static const auto next = real<int (*)(int, off64_t)>("ftruncate64");
  disk().resizes(fd, size);
  return next(fd, size);
}

int fsync(int fd) {
  static const auto next = real<int (*)(int)>("fsync");
  disk().will_sync(fd);
  const int result = next(fd);
  if (result == 0) disk().synced(fd);
  return result;
}

int fdatasync(int fd) {
  static const auto next = real<int (*)(int)>("fdatasync");
  disk().will_sync(fd);
  const int result = next(fd);
  if (result == 0) disk().synced(fd);
  return result;
}

}  // extern "C"
