#include "collector/fleet/layout.hpp"

#include "collector/policy/host_policy.hpp"
#include "tests/support/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sobriety::collector {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Series of(SignalId id, std::string instance) {
  return {id, std::move(instance), EnergyScope::none, ""};
}

std::vector<std::string> labels_of(const Layout& layout, MetricId metric) {
  std::vector<std::string> labels;
  for (std::size_t cell = layout.first(metric); cell < layout.last(metric); ++cell)
    labels.push_back(layout.labels(cell));
  return labels;
}

TEST(Layout, puts_cells_in_the_catalogues_order_and_families_together) {
  const Layout layout{
      test::inventory_of({of(SignalId::spool_dropped, ""), of(SignalId::temperature, "a"),
                          test::cpu("user"), of(SignalId::temperature, "b"), test::cpu("idle")})};
  std::size_t next = 0;
  for (const Metric& row : metrics()) {
    EXPECT_EQ(layout.first(row.id), next) << row.name;
    EXPECT_GE(layout.last(row.id), layout.first(row.id)) << row.name;
    next = layout.last(row.id);
  }
  EXPECT_EQ(next, layout.row_width());
  EXPECT_THAT(labels_of(layout, MetricId::host_cpu_time),
              ElementsAre("\",mode=\"user\"} ", "\",mode=\"idle\"} "));
  EXPECT_THAT(labels_of(layout, MetricId::host_temperature),
              ElementsAre("\",sensor=\"a\"} ", "\",sensor=\"b\"} "));
  EXPECT_THAT(labels_of(layout, MetricId::host_spool_dropped), ElementsAre("\"} "));
  EXPECT_THAT(labels_of(layout, MetricId::host_disk_bytes), IsEmpty());
}

TEST(Layout, shows_each_column_in_the_cell_of_its_label) {
  const std::vector<Series> series{of(SignalId::temperature, "a"), test::cpu("user"),
                                   of(SignalId::temperature, "b"), of(SignalId::agent_cpu, "")};
  const Layout layout{test::inventory_of(series)};
  EXPECT_EQ(layout.shown().size(), series.size());
  for (const Layout::Shown& shown : layout.shown()) {
    const Series& column = series[shown.column];
    const MetricId metric = signal(column.signal).metric;
    EXPECT_GE(shown.cell, layout.first(metric));
    EXPECT_LT(shown.cell, layout.last(metric));
    EXPECT_NE(layout.labels(shown.cell).find('"' + column.instance), std::string::npos);
  }
}

TEST(Layout, has_a_cell_for_each_method_of_wall_energy_in_the_order_of_the_ladder) {
  const Layout layout{test::inventory_of({})};
  for (const MetricId metric : {MetricId::host_energy, MetricId::host_power}) {
    ASSERT_EQ(layout.last(metric) - layout.first(metric), shown_methods);
    for (std::size_t method = 0; method < shown_methods; ++method)
      EXPECT_EQ(layout.labels(layout.cell(metric, static_cast<PowerMethod>(method))),
                "\",method=\"" + std::string{to_string(static_cast<PowerMethod>(method))} + "\"} ");
  }
}

TEST(Layout, does_not_count_guest_time_twice) {
  std::vector<Series> series;
  for (const char* mode : {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal",
                           "guest", "guest_nice"})
    series.push_back(test::cpu(mode));
  const Layout layout{test::inventory_of(series)};
  const auto modes = [&layout](std::span<const std::size_t> cells) {
    std::vector<std::string> names;
    for (const std::size_t cell : cells) {
      const std::string& text = layout.labels(cell);
      names.push_back(text.substr(8, text.find('"', 8) - 8));
    }
    return names;
  };
  EXPECT_THAT(modes(layout.cpu_cells()),
              ElementsAre("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"));
  EXPECT_THAT(modes(layout.cpu_rest_cells()), ElementsAre("idle", "iowait", "steal"));
  EXPECT_EQ(layout.shown().size(), series.size());  // they are shown all the same
}

TEST(Layout, carries_signals_of_newer_agents_without_showing_them) {
  const Layout layout{test::inventory_of({of(static_cast<SignalId>(99), "x"), test::cpu("user"),
                                          of(static_cast<SignalId>(999), "y")})};
  EXPECT_EQ(layout.plan().paces, (std::vector<Pace>{Pace::sample, Pace::sample, Pace::batch}));
  ASSERT_EQ(layout.shown().size(), 1U);
  EXPECT_EQ(layout.shown()[0].column, 1U);
  EXPECT_EQ(layout.row_width(), Layout{test::inventory_of({test::cpu("user")})}.row_width());
}

TEST(Layout, accounts_for_energy_instead_of_showing_it_as_it_comes) {
  const Layout layout{
      test::inventory_of({test::cpu("user"), test::meter("package-0", EnergyScope::cpu),
                          test::wall_meter(), test::meter("psu-2", EnergyScope::machine)})};
  ASSERT_EQ(layout.energy().size(), 3U);
  EXPECT_EQ(layout.energy()[0].column, 1U);
  EXPECT_EQ(layout.energy()[1].component, "bmc");
  EXPECT_EQ(layout.machine_meter(), 1U);
  EXPECT_EQ(layout.shown().size(), 1U);
  EXPECT_EQ(
      layout.last(MetricId::host_component_energy) - layout.first(MetricId::host_component_energy),
      3U);
  EXPECT_EQ(
      Layout{test::inventory_of({test::meter("package-0", EnergyScope::cpu)})}.machine_meter(),
      std::nullopt);
}

TEST(Layout, escapes_what_stands_in_labels) {
  struct {
    const char* text;
    const char* escaped;
  } const table[] = {{"", ""},           {"plain é", "plain é"}, {"a\"b", "a\\\"b"},
                     {"a\\b", "a\\\\b"}, {"a\nb", "a\\nb"},      {"\\n", "\\\\n"}};
  for (const auto& row : table) EXPECT_EQ(escape_label(row.text), row.escaped);
  const Layout layout{test::inventory_of({of(SignalId::temperature, "\"\\")})};
  EXPECT_THAT(labels_of(layout, MetricId::host_temperature),
              ElementsAre("\",sensor=\"\\\"\\\\\"} "));
}

TEST(Layout, leaves_the_status_of_a_source_to_the_writer) {
  const Layout layout{test::inventory_of({of(SignalId::source_status, "rapl")})};
  EXPECT_THAT(labels_of(layout, MetricId::host_source_status),
              ElementsAre("\",source=\"rapl\",status=\""));
}

TEST(MemberLabels, name_the_group_and_the_owner_that_there_is) {
  policy::HostPolicy policy;
  policy.group = {"Town \"hall\"", "IT", policy::Role::server};
  EXPECT_EQ(member_labels(policy), "\",site=\"Town \\\"hall\\\"\",department=\"IT\",role=\"server");
  policy.owner = "DBAs";
  EXPECT_EQ(member_labels(policy),
            "\",site=\"Town \\\"hall\\\"\",department=\"IT\",owner=\"DBAs\",role=\"server");
}

TEST(InfoLabels, name_every_fact) {
  Inventory inventory = test::inventory_of({});
  inventory.facts.product = "the \"9\" \\ x";
  EXPECT_EQ(info_labels(inventory),
            "\",agent_version=\"1.2.3\",os=\"Debian 12\",kernel=\"6.1.0\",cpu_model=\"Some "
            "CPU\",cpus=\"8\","
            "memory_bytes=\"16000000000\",chassis=\"server\",virtualization=\"none\",product=\"the "
            "\\\"9\\\" \\\\ x\"} ");
}

}  // namespace
}  // namespace sobriety::collector
