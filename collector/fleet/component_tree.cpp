#include "collector/fleet/component_tree.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

constexpr std::chrono::minutes one_minute{1};
constexpr std::chrono::minutes long_enough{10};

bool is_package(const Component& component) {
  return component.scope == EnergyScope::cpu && component.name.starts_with("package-") &&
         component.contained_in.empty();
}

// The index of the one that counts among those of a scope which all meter the same thing.
std::size_t best_of(EnergyScope scope, std::span<const Component> components) {
  std::size_t best = components.size();
  for (std::size_t i = 0; i < components.size(); ++i) {
    if (components[i].scope != scope) continue;
    if (best == components.size() || (is_battery(components[best]) && !is_battery(components[i])))
      best = i;
  }
  return best;
}

class Containment {
 public:
  Containment(std::span<const Component> components, bool psys_believed)
      : components_(components),
        psys_believed_(psys_believed),
        machine_(best_of(EnergyScope::machine, components)),
        platform_(best_of(EnergyScope::platform, components)),
        has_packages_(std::any_of(components.begin(), components.end(), is_package)) {}

  [[nodiscard]] bool counts(std::size_t index) const {
    const Component& component = components_[index];
    if (machine_ != components_.size()) return index == machine_;
    if (component.scope == EnergyScope::platform) return psys_believed_ && index == platform_;
    if (has(component.contained_in)) return false;
    const bool of_psys =
        component.scope == EnergyScope::cpu || component.scope == EnergyScope::memory;
    if (of_psys && psys_believed_ && platform_ != components_.size()) return false;
    const bool is_sensor = component.scope == EnergyScope::cpu && component.contained_in.empty() &&
                           !is_package(component);
    return !(is_sensor && has_packages_);
  }

 private:
  // A component that says to be inside itself is not.
  [[nodiscard]] bool has(const std::string& name) const {
    return !name.empty() &&
           std::any_of(components_.begin(), components_.end(), [&](const Component& component) {
             return component.name == name && component.contained_in != name;
           });
  }

  std::span<const Component> components_;
  bool psys_believed_;
  std::size_t machine_;
  std::size_t platform_;
  bool has_packages_;
};

}  // namespace

bool is_battery(const Component& component) {
  return component.scope == EnergyScope::machine && component.name == "battery";
}

std::vector<std::size_t> roots(std::span<const Component> components, bool psys_believed) {
  const Containment containment{components, psys_believed};
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < components.size(); ++i)
    if (containment.counts(i)) chosen.push_back(i);
  return chosen;
}

std::vector<std::size_t> roots_in(EnergyScope scope, std::span<const Component> components,
                                  bool psys_believed) {
  std::vector<Component> of_scope;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < components.size(); ++i)
    if (components[i].scope == scope) {
      of_scope.push_back(components[i]);
      places.push_back(i);
    }
  std::vector<std::size_t> chosen = roots(of_scope, psys_believed);
  for (std::size_t& index : chosen) index = places[index];
  return chosen;
}

void PsysTrust::observe(Microjoules psys, Microjoules packages, Elapsed time) {
  psys_ += psys;
  packages_ += packages;
  minute_ += time;
  // Shorter than that, the two are not read at once, and psys may count in whole joules.
  if (minute_ < one_minute) return;
  held_ = psys_ >= packages_ ? std::min<Elapsed>(held_ + minute_, long_enough) : Elapsed{};
  psys_ = packages_ = {};
  minute_ = {};
}

bool PsysTrust::believed() const { return held_ >= long_enough; }

std::string_view to_string(EnergyScope scope) {
  constexpr std::array<std::string_view, 7> names{"none", "machine",  "cpu",  "memory",
                                                  "gpu",  "platform", "other"};
  const auto index = static_cast<std::size_t>(scope);
  return index < names.size() ? names[index] : "other";
}

ComponentTree::ComponentTree(std::span<const Component> components) {
  for (std::size_t i = 0; i < shown_scopes.size(); ++i)
    roots_[i] = roots_in(shown_scopes[i], components, true);
  psys_ = roots_in(EnergyScope::platform, components, true);
  for (std::size_t i = 0; i < components.size(); ++i)
    if (is_package(components[i])) packages_.push_back(i);
}

std::span<const std::size_t> ComponentTree::roots_of(EnergyScope scope) const {
  const auto* place = std::find(shown_scopes.begin(), shown_scopes.end(), scope);
  if (place == shown_scopes.end()) return {};
  return roots_[static_cast<std::size_t>(place - shown_scopes.begin())];
}

}  // namespace sobriety::collector
