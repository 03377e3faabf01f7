// What an inventory file (a CSV export of GLPI, for one) says of hosts.
#pragma once

#include "collector/policy/holidays.hpp"

#include <map>
#include <optional>
#include <string>

namespace sobriety::collector::policy {

struct Asset {
  std::string entity;
  std::string location;
  std::string owner;
  std::optional<Date> purchased;
};

// By the host's name in small letters, without its domain.
class AssetList {
 public:
  // false: the name is there already.
  bool add(std::string_view name, Asset asset);
  // null: not in it.
  [[nodiscard]] const Asset* find(std::string_view host_name) const;
  [[nodiscard]] std::size_t size() const { return assets_.size(); }
  // Pairs of a location and an entity that occur.
  [[nodiscard]] std::size_t groups() const;
  // By name, which is in small letters.
  [[nodiscard]] const std::map<std::string, Asset, std::less<>>& all() const { return assets_; }

 private:
  std::map<std::string, Asset, std::less<>> assets_;
};

}  // namespace sobriety::collector::policy
