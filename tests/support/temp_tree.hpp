// A directory of files that lives as long as the object: the roots of an invented machine.
#pragma once

#include "agent/source/source.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sobriety::test {

class TempTree {
 public:
  TempTree() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "sobriety-tree-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp " + pattern};
    root_ = pattern;
    // Tests read the tree as another user too.
    std::filesystem::permissions(root_, std::filesystem::perms{0755});
  }
  TempTree(TempTree&& other) noexcept : root_(std::exchange(other.root_, {})) {}
  TempTree& operator=(TempTree&&) = delete;
  ~TempTree() {
    std::error_code ignored;
    if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] agent::Roots roots() const { return {root_ / "proc", root_ / "sys"}; }

  // Writes in place: whoever holds the file open sees the new content.
  TempTree& file(const std::filesystem::path& path, std::string_view content) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path, std::ios::binary | std::ios::trunc} << content;
    return *this;
  }
  TempTree& file(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    file(path, content);
    std::filesystem::permissions(root_ / path, std::filesystem::perms{mode});
    return *this;
  }
  TempTree& directory(const std::filesystem::path& path) {
    std::filesystem::create_directories(root_ / path);
    return *this;
  }
  TempTree& link(const std::filesystem::path& path, const std::filesystem::path& target) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::filesystem::create_symlink(target, root_ / path);
    return *this;
  }
  // A file whose reading fails with EIO.
  TempTree& unreadable(const std::filesystem::path& path) {
    std::filesystem::remove(root_ / path);
    return link(path, "/proc/self/mem");
  }
  TempTree& remove(const std::filesystem::path& path) {
    std::filesystem::remove_all(root_ / path);
    return *this;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace sobriety::test
