#include "tests/support/player/mount.hpp"

#define FUSE_USE_VERSION 35
#include <fuse.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>

namespace sobriety::player {

namespace {

// As in the kernel's own files, what was read from offset 0 on is what a reader goes on reading.
struct OpenFile {
  std::string text;
};

HostTree& tree() { return *static_cast<HostTree*>(fuse_get_context()->private_data); }
Elapsed monotonic() { return std::chrono::steady_clock::now().time_since_epoch(); }
std::string_view inside(const char* path) { return std::string_view{path}.substr(1); }
OpenFile& file_of(const fuse_file_info* info) { return *reinterpret_cast<OpenFile*>(info->fh); }

void* start(fuse_conn_info*, fuse_config* config) {
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  config->direct_io = 1;
  return fuse_get_context()->private_data;
}

int get_attributes(const char* path, struct stat* result, fuse_file_info*) {
  *result = {};
  result->st_nlink = 1;
  switch (tree().kind(inside(path), monotonic())) {
    case NodeKind::directory:
      result->st_mode = S_IFDIR | 0755U;
      result->st_nlink = 2;
      return 0;
    case NodeKind::file:
      result->st_mode = S_IFREG | (inside(path) == clock_file ? 0644U : 0444U);
      result->st_size = inside(path).starts_with("sys/") ? 4096 : 0;
      return 0;
    case NodeKind::link:
      result->st_mode = S_IFLNK | 0777U;
      result->st_size = static_cast<off_t>(tree().target(inside(path)).size());
      return 0;
    case NodeKind::absent:
      break;
  }
  return -ENOENT;
}

int read_link(const char* path, char* to, std::size_t size) {
  const std::string target = tree().target(inside(path));
  if (target.empty() || size == 0) return -EINVAL;
  to[target.copy(to, size - 1)] = '\0';
  return 0;
}

int list(const char* path, void* to, fuse_fill_dir_t add, off_t, fuse_file_info*,
         fuse_readdir_flags) {
  for (const char* name : {".", ".."}) add(to, name, nullptr, 0, fuse_fill_dir_flags{});
  for (const std::string& name : tree().names(inside(path), monotonic()))
    add(to, name.c_str(), nullptr, 0, fuse_fill_dir_flags{});
  return 0;
}

int open_file(const char* path, fuse_file_info* info) {
  const bool writes = (info->flags & O_ACCMODE) != O_RDONLY;
  if (writes && inside(path) != clock_file) return -EACCES;
  info->fh = reinterpret_cast<std::uint64_t>(std::make_unique<OpenFile>().release());
  info->direct_io = 1;
  return 0;
}

int close_file(const char*, fuse_file_info* info) {
  const std::unique_ptr<OpenFile> closed{&file_of(info)};
  return 0;
}

int read_file(const char* path, char* to, std::size_t size, off_t offset, fuse_file_info* info) {
  std::string& text = file_of(info).text;
  if (offset == 0) {
    auto content = tree().read(inside(path), monotonic());
    if (const int* error = std::get_if<int>(&content)) return -*error;
    text = std::move(std::get<std::string>(content));
  }
  const auto from = std::min(static_cast<std::size_t>(offset), text.size());
  return static_cast<int>(text.copy(to, size, from));
}

int write_file(const char* path, const char* from, std::size_t size, off_t, fuse_file_info*) {
  if (inside(path) != clock_file) return -EACCES;
  return tree().command({from, size}, monotonic()) ? static_cast<int>(size) : -EINVAL;
}

// What `>` of a shell does before it writes.
int truncate_file(const char* path, off_t, fuse_file_info*) {
  return inside(path) == clock_file ? 0 : -EACCES;
}

}  // namespace

int serve(HostTree& tree, const std::filesystem::path& mount_point) {
  fuse_operations operations{};
  operations.init = start;
  operations.getattr = get_attributes;
  operations.readlink = read_link;
  operations.readdir = list;
  operations.open = open_file;
  operations.release = close_file;
  operations.read = read_file;
  operations.write = write_file;
  operations.truncate = truncate_file;

  std::string program = "sobriety-player";
  std::string foreground = "-f";
  std::string one_thread = "-s";
  std::string option = "-oauto_unmount,fsname=sobriety-player";
  std::string where = mount_point.native();
  std::array arguments{program.data(), foreground.data(), one_thread.data(), option.data(),
                       where.data()};
  return fuse_main(static_cast<int>(arguments.size()), arguments.data(), &operations, &tree);
}

}  // namespace sobriety::player
