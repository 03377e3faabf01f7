// Comparison with a golden file below tests/golden. UPDATE_GOLDEN=1 rewrites it instead.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sobriety::test {

inline bool updating_golden() { return std::getenv("UPDATE_GOLDEN") != nullptr; }

// Content of tests/golden/<name>, "" if there is none; with UPDATE_GOLDEN, `actual`, which it now
// has.
inline std::string golden(const std::string& name, const std::string& actual) {
  const std::filesystem::path path = std::filesystem::path{SOBRIETY_FIXTURES} / "../golden" / name;
  if (updating_golden()) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary | std::ios::trunc} << actual;
    return actual;
  }
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// `text` with each `what` replaced.
inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

}  // namespace sobriety::test
