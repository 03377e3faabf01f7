#include "collector/fleet/layout.hpp"

#include "collector/fleet/power_state.hpp"
#include "collector/fleet/verdict.hpp"
#include "collector/policy/calendar.hpp"
#include "collector/policy/host_policy.hpp"

#include <algorithm>
#include <iterator>

namespace sobriety::collector {

namespace {

struct Planned {
  MetricId metric;
  std::string label_value;
  std::size_t column;  // no_column: derived by the collector
  std::string_view second_value = "";
};

// What the judge says: one cell a state, verdict, sign, and of each state's time and energy.
void plan_judgement(std::vector<Planned>& cells) {
  for (std::size_t i = 0; i < power_state_count; ++i)
    cells.push_back(
        {MetricId::host_state, std::string{to_string(static_cast<PowerState>(i))}, no_column});
  for (std::size_t i = 0; i < verdict_count; ++i)
    cells.push_back(
        {MetricId::host_verdict, std::string{to_string(static_cast<Verdict>(i))}, no_column});
  for (std::size_t i = 0; i < sign_count; ++i)
    cells.push_back(
        {MetricId::host_signal_available, std::string{to_string(static_cast<Sign>(i))}, no_column});
  for (const MetricId metric : {MetricId::host_state_time, MetricId::host_state_energy})
    for (std::size_t i = 0; i < power_state_count; ++i)
      for (const policy::Period period : {policy::Period::work, policy::Period::off_hours})
        cells.push_back({metric, std::string{to_string(static_cast<PowerState>(i))}, no_column,
                         to_string(period)});
  for (const char* bound : {"low", "high"})
    cells.push_back({MetricId::host_power_bound, bound, no_column});
}

std::vector<EnergyScope> metered_scopes(const Inventory& inventory) {
  std::vector<EnergyScope> scopes;
  std::copy_if(shown_scopes.begin(), shown_scopes.end(), std::back_inserter(scopes),
               [&](EnergyScope scope) {
                 return std::any_of(
                     inventory.series.begin(), inventory.series.end(), [&](const Series& series) {
                       return series.signal == SignalId::component_energy && series.scope == scope;
                     });
               });
  return scopes;
}

std::vector<Planned> planned_cells(const Inventory& inventory) {
  std::vector<Planned> cells;
  for (const MetricId id :
       {MetricId::host_up, MetricId::host_info, MetricId::host_boot_time, MetricId::host_uptime,
        MetricId::host_last_seen, MetricId::host_cpu_usage, MetricId::host_clock_skew,
        MetricId::host_state_since, MetricId::host_coverage, MetricId::host_exemption_expiry,
        MetricId::host_avoidable_energy})
    cells.push_back({id, "", no_column});
  plan_judgement(cells);
  for (const MetricId id : {MetricId::host_energy, MetricId::host_power})
    for (std::size_t method = 0; method < shown_methods; ++method)
      cells.push_back({id, std::string{to_string(static_cast<PowerMethod>(method))}, no_column});
  for (const EnergyScope scope : metered_scopes(inventory))
    cells.push_back({MetricId::host_scope_energy, std::string{to_string(scope)}, no_column});
  for (std::size_t column = 0; column < inventory.series.size(); ++column) {
    const Series& series = inventory.series[column];
    if (const Signal* known = find_signal(static_cast<std::uint32_t>(series.signal)))
      cells.push_back({known->metric, series.instance, column});
  }
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Planned& a, const Planned& b) { return a.metric < b.metric; });
  return cells;
}

LabelText label_text(const Planned& cell) {
  const std::string_view label = metric(cell.metric).label;
  LabelText text = "\"";
  if (!label.empty()) {
    text += ',';
    text += label;
    text += "=\"" + escape_label(cell.label_value) + '"';
  }
  if (const std::string_view second = metric(cell.metric).second_label; !second.empty()) {
    text += ',';
    text += second;
    text += "=\"";
    text += cell.second_value;
    text += '"';
  }
  // The status of a source is a label whose value is in the cell: the writer closes the text.
  if (cell.metric == MetricId::host_source_status) return text + ",status=\"";
  return text + "} ";
}

}  // namespace

std::string escape_label(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

Layout::Layout(const Inventory& inventory)
    : plan_(wire::ColumnPlan::of(inventory)), signals_(inventory.series) {
  const std::vector<Planned> cells = planned_cells(inventory);
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    const Planned& planned = cells[cell];
    labels_.push_back(label_text(planned));
    ++first_[static_cast<std::size_t>(planned.metric) + 1];
    if (planned.column == no_column) continue;
    shown_.push_back({planned.column, cell});
    if (planned.metric == MetricId::host_cpu_time) {
      const std::string& mode = planned.label_value;
      if (mode == "guest" || mode == "guest_nice")
        continue;  // the kernel counts them in user and nice
      cpu_cells_.push_back(cell);
      if (mode == "idle" || mode == "iowait" || mode == "steal") cpu_rest_cells_.push_back(cell);
    }
  }
  for (std::size_t id = 0; id < metric_count; ++id) first_[id + 1] += first_[id];

  std::vector<Component> components;
  for (std::size_t column = 0; column < inventory.series.size(); ++column) {
    const Series& series = inventory.series[column];
    if (series.signal != SignalId::component_energy) continue;
    energy_.push_back({column, series.instance});
    components.push_back({series.instance, series.scope, series.contained_in});
  }
  components_ = ComponentTree{components};
  find_parts(components);
  scopes_ = metered_scopes(inventory);
  if (const auto machine = components_.roots_of(EnergyScope::machine); !machine.empty()) {
    machine_meter_ = machine.front();
    if (is_battery(components[machine.front()])) machine_method_ = PowerMethod::battery;
  }
  // Energy is accounted across restarts of the agent, not shown as it comes.
  std::erase_if(shown_, [&](const Shown& shown) {
    return inventory.series[shown.column].signal == SignalId::component_energy;
  });
}

void Layout::find_parts(std::span<const Component> components) {
  for (const EnergyScope scope : {EnergyScope::cpu, EnergyScope::memory, EnergyScope::gpu})
    for (const std::size_t index : components_.roots_of(scope)) parts_.push_back(index);
  has_rapl_ = !components_.roots_of(EnergyScope::cpu).empty();
  has_memory_ = std::any_of(components.begin(), components.end(), [](const Component& component) {
    return component.scope == EnergyScope::memory;
  });
}

LabelText member_labels(const policy::HostPolicy& policy) {
  LabelText text = "\",site=\"" + escape_label(policy.group.site);
  text += "\",department=\"" + escape_label(policy.group.department);
  if (!policy.owner.empty()) text += "\",owner=\"" + escape_label(policy.owner);
  return text + "\",role=\"" + std::string{to_string(policy.group.role)};
}

LabelText info_labels(const Inventory& inventory) {
  LabelText text = "\"";
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += ',';
    text += name;
    text += "=\"" + escape_label(value) + '"';
  };
  const HostFacts& facts = inventory.facts;
  add("agent_version", inventory.agent_version);
  add("os", facts.os);
  add("kernel", facts.kernel);
  add("cpu_model", facts.cpu_model);
  add("cpus", std::to_string(facts.cpus));
  add("memory_bytes", std::to_string(facts.memory));
  add("chassis", facts.chassis);
  add("virtualization", facts.virtualization);
  add("product", facts.product);
  return text + "} ";
}

}  // namespace sobriety::collector
