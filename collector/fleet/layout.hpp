// What a host's row of figures looks like, made once from its inventory and shared by all hosts
// whose series are the same.
//
// A row has one cell a line of /metrics. Cells of one family lie together, in the catalogue's
// order, so that the exposition is a walk over rows; each cell's labels are kept as finished text.
#pragma once

#include "collector/fleet/component_tree.hpp"
#include "collector/fleet/signal_columns.hpp"
#include "collector/policy/power_method.hpp"
#include "proto/model/inventory.hpp"
#include "proto/model/metric.hpp"
#include "proto/wire/batch_codec.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sobriety::collector::policy {
struct HostPolicy;
}

namespace sobriety::collector {

// Text between `{host="NAME` and the value: `",mode="user"} `.
using LabelText = std::string;

// `text` as the exposition formats want label values: \, " and line feed escaped.
[[nodiscard]] std::string escape_label(std::string_view text);

struct EnergySeries {
  std::size_t column;  // of a batch
  std::string component;
};

class Layout {
 public:
  explicit Layout(const Inventory& inventory);

  [[nodiscard]] const wire::ColumnPlan& plan() const { return plan_; }
  [[nodiscard]] std::size_t row_width() const { return labels_.size(); }
  // Cells of a family are [first(metric), last(metric)).
  [[nodiscard]] std::size_t first(MetricId metric) const {
    return first_[static_cast<std::size_t>(metric)];
  }
  [[nodiscard]] std::size_t last(MetricId metric) const {
    return first_[static_cast<std::size_t>(metric) + 1];
  }
  [[nodiscard]] std::size_t cell(MetricId metric, PowerMethod method) const {
    return first(metric) + static_cast<std::size_t>(method);
  }
  [[nodiscard]] const LabelText& labels(std::size_t cell) const { return labels_[cell]; }

  // Row cell that shows a batch column as it is; nothing for columns that are accounted or unknown.
  struct Shown {
    std::size_t column;
    std::size_t cell;
  };
  [[nodiscard]] std::span<const Shown> shown() const { return shown_; }

  [[nodiscard]] std::span<const EnergySeries> energy() const { return energy_; }
  // Index into energy() of the meter of the whole machine.
  [[nodiscard]] std::optional<std::size_t> machine_meter() const { return machine_meter_; }
  // What kind of meter that is.
  [[nodiscard]] PowerMethod machine_method() const { return machine_method_; }

  // How the meters of energy() are inside one another, by their index there.
  [[nodiscard]] const ComponentTree& components() const { return components_; }
  // Where the signs of use are in a batch.
  [[nodiscard]] const SignalColumns& signals() const { return signals_; }
  // Indices into energy() of what RAPL and GPUs count, no part twice, psys aside.
  [[nodiscard]] std::span<const std::size_t> parts() const { return parts_; }
  [[nodiscard]] bool has_rapl() const { return has_rapl_; }
  [[nodiscard]] bool has_memory() const { return has_memory_; }

  // Scopes that have a cell of host_scope_energy, in the cells' order.
  [[nodiscard]] std::span<const EnergyScope> scopes() const { return scopes_; }

  // Row cells of CPU time: all that count (guest is in user already), and those that are not busy.
  [[nodiscard]] std::span<const std::size_t> cpu_cells() const { return cpu_cells_; }
  [[nodiscard]] std::span<const std::size_t> cpu_rest_cells() const { return cpu_rest_cells_; }

 private:
  void find_parts(std::span<const Component> components);

  wire::ColumnPlan plan_;
  std::vector<LabelText> labels_;
  std::array<std::size_t, metric_count + 1> first_{};
  std::vector<Shown> shown_;
  std::vector<EnergySeries> energy_;
  std::optional<std::size_t> machine_meter_;
  PowerMethod machine_method_ = PowerMethod::external_meter;
  ComponentTree components_;
  std::vector<EnergyScope> scopes_;
  std::vector<std::size_t> cpu_cells_;
  std::vector<std::size_t> cpu_rest_cells_;
  SignalColumns signals_;
  std::vector<std::size_t> parts_;
  bool has_rapl_ = false;
  bool has_memory_ = false;
};

// The labels of sobriety_host_info that a policy gives, as finished text that stands between the id
// and info_labels(), whose first quote ends it.
[[nodiscard]] LabelText member_labels(const policy::HostPolicy& policy);
// The labels of sobriety_host_info that the agent told, as finished text.
[[nodiscard]] LabelText info_labels(const Inventory& inventory);

}  // namespace sobriety::collector
