#include "collector/policy/inventory.hpp"

#include <set>
#include <string_view>
#include <utility>

namespace sobriety::collector::policy {

namespace {

std::string key_of(std::string_view name) {
  std::string key{name.substr(0, name.find('.'))};
  for (char& letter : key)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return key;
}

}  // namespace

bool AssetList::add(std::string_view name, Asset asset) {
  return assets_.try_emplace(key_of(name), std::move(asset)).second;
}

const Asset* AssetList::find(std::string_view host_name) const {
  const auto found = assets_.find(key_of(host_name));
  return found == assets_.end() ? nullptr : &found->second;
}

std::size_t AssetList::groups() const {
  std::set<std::pair<std::string_view, std::string_view>> groups;
  for (const auto& [name, asset] : assets_) groups.emplace(asset.location, asset.entity);
  return groups.size();
}

}  // namespace sobriety::collector::policy
