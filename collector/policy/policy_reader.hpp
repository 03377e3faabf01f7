// The parts of policy_file.cpp: how each section of the YAML file is read.
#pragma once

#include "collector/policy/policy_file.hpp"
#include "proto/runtime/yaml_reader.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

inline constexpr yaml::LengthBounds name_length{1, 200};
inline constexpr std::size_t most_table_bytes = 256U << 20U;

template <class T>
using Named = std::map<std::string, T, std::less<>>;

struct Reading {
  const PolicyFiles& files;
  std::vector<std::string>& notes;

  // The content of the file that `key` names; nothing where there is no such key, or after a
  // refusal.
  struct File {
    std::string name;  // as errors show it
    std::string content;
  };
  [[nodiscard]] std::optional<File> file(yaml::Section& section, std::string_view key) const;
  // The same of a name in a list.
  [[nodiscard]] Result<File> open(const std::string& name) const;
};

[[nodiscard]] bool has(const yaml::Section& section, std::string_view key);
// A text, where the key is there.
[[nodiscard]] std::optional<std::string> read_text(yaml::Section& section, std::string_view key);
// "2026-12-31"
[[nodiscard]] std::optional<Date> read_date(yaml::Section& section, std::string_view key);

// The value of `key` as a name of `known`; refuses others and lists what is known.
template <class T>
[[nodiscard]] const T* read_reference(yaml::Section& section, std::string_view key,
                                      const Named<T>& known, std::string_view what);
void refuse_reference(yaml::Section& section, std::string_view key, const std::string& name,
                      const std::vector<std::string>& known, std::string_view what);

[[nodiscard]] Named<std::shared_ptr<const Calendar>> read_calendars(yaml::Section section,
                                                                    const Reading& reading);
[[nodiscard]] Named<std::shared_ptr<const CarbonZone>> read_carbon(yaml::Section section,
                                                                   const Reading& reading);
void read_thresholds(yaml::Section section, PolicyParts& parts);
void read_profiles(yaml::Section section, PolicyParts& parts);
[[nodiscard]] std::optional<RaplToWall> read_rapl(yaml::Section section);
// After thresholds and profiles, which rules name.
void read_rules(yaml::Section section, PolicyParts& parts);

template <class T>
const T* read_reference(yaml::Section& section, std::string_view key, const Named<T>& known,
                        std::string_view what) {
  const auto name = read_text(section, key);
  if (!name) return nullptr;
  const auto found = known.find(*name);
  if (found != known.end()) return &found->second;
  std::vector<std::string> names;
  for (const auto& [each, value] : known) names.push_back(each);
  refuse_reference(section, key, *name, names, what);
  return nullptr;
}

}  // namespace sobriety::collector::policy
