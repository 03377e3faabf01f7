// The captured machines below tests/fixtures.
#pragma once

#include "agent/source/source.hpp"

#include <filesystem>
#include <string>

namespace sobriety::test {

inline std::filesystem::path fixture_root(const std::string& name) {
  return std::filesystem::path{SOBRIETY_FIXTURES} / name;
}

inline agent::Roots fixture(const std::string& name) {
  return {fixture_root(name) / "proc", fixture_root(name) / "sys"};
}

}  // namespace sobriety::test
