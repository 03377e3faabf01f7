#include "proto/runtime/file_stamp.hpp"

#include <sys/stat.h>

namespace sobriety {

FileStamp stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_ino,
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
          status.st_size};
}

}  // namespace sobriety
