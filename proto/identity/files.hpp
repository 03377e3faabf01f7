// The files that keys and certificates lie in: their owner's to read alone, and there whole or not
// at all. What root makes belongs to the owner of the directory that it is made in.
#pragma once

#include "proto/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace sobriety::identity {

inline constexpr std::size_t max_file = 64 * 1024;

// Made with mode 0700; one that is there is given that mode.
[[nodiscard]] Result<void> make_private_directory(const std::filesystem::path& path);
// Made with mode 0600 where it is not there.
[[nodiscard]] Result<void> make_private_file(const std::filesystem::path& path);
// With mode 0600, synced, in place of what was there.
[[nodiscard]] Result<void> write_whole(const std::filesystem::path& path, std::string_view text);
// Errc::absent where it is not there, too_large beyond `limit`.
[[nodiscard]] Result<std::string> read_whole(const std::filesystem::path& path,
                                             std::size_t limit = max_file);
// Over what was there, and synced.
[[nodiscard]] Result<void> rename_file(const std::filesystem::path& from,
                                       const std::filesystem::path& to);
// No error where it is not there.
[[nodiscard]] Result<void> remove_file(const std::filesystem::path& path);

}  // namespace sobriety::identity
