#include "collector/store/sqlite_backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace sobriety::collector {

namespace {

constexpr int pages_a_step = 1024;  // 4 MiB

Result<void> copy(Database& source, Database& target, const Progress& progress) {
  sqlite3_backup* backup = ::sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  if (backup == nullptr) return target.error();
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = ::sqlite3_backup_step(backup, pages_a_step);
    const int all = ::sqlite3_backup_pagecount(backup);
    progress(static_cast<std::uint64_t>(all - ::sqlite3_backup_remaining(backup)),
             static_cast<std::uint64_t>(all));
  }
  ::sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return sqlite_error(code, ::sqlite3_errstr(code), target.path());
  return success();
}

Result<void> sync(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!synced) return system_error(error, path.string() + ": cannot be synced");
  return success();
}

// The partial file, removed unless it became the whole one.
struct Partial {
  explicit Partial(const std::filesystem::path& file) : path(file.string() + ".partial") {}
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;
  ~Partial() {
    if (!kept) ::unlink(path.c_str());
  }
  std::filesystem::path path;
  bool kept = false;
};

}  // namespace

Result<void> back_up(Database& source, const std::filesystem::path& file,
                     const Progress& progress) {
  Partial partial{file};
  ::unlink(partial.path.c_str());  // of a backup that was interrupted
  const int made = ::open(partial.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) return system_error(errno, partial.path.string() + ": cannot be written");
  ::close(made);
  {
    BOOST_OUTCOME_TRY(const auto target, Database::open(partial.path, SQLITE_OPEN_READWRITE));
    BOOST_OUTCOME_TRY(copy(source, *target, progress));
  }
  BOOST_OUTCOME_TRY(sync(partial.path));
  if (std::rename(partial.path.c_str(), file.c_str()) != 0)
    return system_error(errno, file.string() + ": cannot be renamed to");
  partial.kept = true;
  const auto directory = file.parent_path();
  return sync(directory.empty() ? std::filesystem::path{"."} : directory);
}

}  // namespace sobriety::collector
