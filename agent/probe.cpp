#include "agent/probe.hpp"

#include "agent/source/label.hpp"
#include "proto/base/decimal.hpp"
#include "proto/base/json_text.hpp"

#include <algorithm>

namespace sobriety::agent {

namespace {
constexpr std::size_t name_width = 15;
constexpr std::size_t word_width = 8;

std::string padded(std::string_view text, std::size_t width) {
  std::string result{text};
  result.resize(std::max(width, text.size() + 1), ' ');
  return result;
}

// Paths and labels of a hostile tree must not move the terminal's cursor.
constexpr std::size_t longest_line = 4096;

std::string line(std::string_view name, std::string_view word, std::string_view text) {
  return padded(name, name_width) + padded(word, word_width) + clean_label(text, longest_line) +
         "\n";
}

std::string in_words(const Series& series) {
  std::string text = series.instance;
  if (series.scope == EnergyScope::none) return text;
  text += " (" + std::string{scope_name(series.scope)};
  if (!series.contained_in.empty()) text += ", in " + series.contained_in;
  return text + ")";
}

// One line a family, its instances behind it.
std::string sends(std::span<const Series> all) {
  std::string text;
  for (auto first = all.begin(); first != all.end();) {
    const auto end = std::find_if(
        first, all.end(), [&](const Series& series) { return series.signal != first->signal; });
    std::string instances;
    for (; first != end; ++first) instances += (instances.empty() ? "" : ", ") + in_words(*first);
    const Metric& family = metric(signal((end - 1)->signal).metric);
    if (!instances.empty()) instances.insert(0, ": ");
    text += line("", "sends", std::string{family.name} + instances);
  }
  return text;
}

std::span<const Series> series_of(const Probed& probed) {
  return probed.discovery.source == nullptr ? std::span<const Series>{}
                                            : probed.discovery.source->series();
}

// What the meters found here tell of the machine's energy.
enum class Metering { whole, parts, none };

Metering metering(std::span<const Probed> sources) {
  Metering result = Metering::none;
  for (const Probed& probed : sources)
    for (const Series& series : series_of(probed)) {
      if (series.scope == EnergyScope::machine) return Metering::whole;
      if (series.signal == SignalId::component_energy) result = Metering::parts;
    }
  return result;
}

std::string_view to_string(Metering metering) {
  switch (metering) {
    case Metering::whole:
      return "whole";
    case Metering::parts:
      return "parts";
    case Metering::none:
      return "none";
  }
  return "none";
}

std::string_view in_words(Metering metering) {
  switch (metering) {
    case Metering::whole:
      return "The whole machine has a meter: its energy is measured.";
    case Metering::parts:
      return "Parts of the machine have a meter, the whole has none: the collector estimates the "
             "rest "
             "and says so.";
    case Metering::none:
      break;
  }
  return "This machine has no energy meter that can be read here. That is ordinary: its CPU time "
         "and "
         "uptime are sent, and the collector estimates its energy and says so.";
}

std::string json_list(std::span<const std::string> texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ", ";
    list += json_text(clean_label(text, longest_line));
  }
  return list + "]";
}

std::string json_series(const Series& series) {
  std::string text = "{\"metric\": " + json_text(metric(signal(series.signal).metric).name) +
                     ", \"instance\": " + json_text(series.instance);
  if (series.scope != EnergyScope::none)
    text += ", \"scope\": " + json_text(scope_name(series.scope)) +
            ", \"contained_in\": " + json_text(series.contained_in);
  return text + "}";
}

std::string json_source(const Probed& probed) {
  const Discovery& discovery = probed.discovery;
  std::string series = "[";
  for (const Series& one : series_of(probed))
    series += (series.size() > 1 ? ",\n        " : "\n        ") + json_series(one);
  series += series.size() > 1 ? "\n      ]" : "]";
  return "    {\"name\": " + json_text(probed.kind->name) +
         ", \"status\": " + json_text(sobriety::to_string(discovery.status)) +
         ",\n      \"reads\": " + json_text(probed.kind->reads) +
         ",\n      \"summary\": " + json_text(clean_label(discovery.summary, longest_line)) +
         ",\n      \"fix\": " + json_text(clean_label(discovery.fix, longest_line)) +
         ",\n      \"notes\": " + json_list(discovery.notes) + ",\n      \"series\": " + series +
         "}";
}

// `name{label="instance"}` of a series, as the collector will show it.
std::string title(const Series& series, const Metric& family) {
  std::string text{family.name};
  if (!family.label.empty()) {
    text += '{';
    text += family.label;
    text += '=';
    text += json_text(series.instance);
    text += '}';
  }
  return text;
}

std::string value_text(Cell cell, const Metric& family, const char* missing) {
  return cell == no_value ? missing : decimal_text(cell, family.decimals);
}

std::string seconds(Elapsed time) { return decimal_text(time.count() / 1'000'000, 3); }
}  // namespace

std::vector<Probed> probe_sources(const Roots& roots, const SourceOptions& options) {
  std::vector<Probed> sources;
  for (const SourceKind& kind : source_kinds())
    sources.push_back({&kind, discover(kind, roots, options)});
  return sources;
}

std::string probe_text(std::span<const Probed> sources) {
  std::string text;
  for (const Probed& probed : sources) {
    const Discovery& discovery = probed.discovery;
    text += line(probed.kind->name, sobriety::to_string(discovery.status), discovery.summary);
    text += line("", "reads", probed.kind->reads);
    if (!discovery.fix.empty()) text += line("", "fix", discovery.fix);
    for (const std::string& note : discovery.notes) text += line("", "note", note);
    text += sends(series_of(probed)) + "\n";
  }
  return text + std::string{in_words(metering(sources))} + "\n";
}

std::string probe_json(std::span<const Probed> sources) {
  std::string text =
      "{\n  \"metering\": " + json_text(to_string(metering(sources))) + ",\n  \"sources\": [\n";
  for (const Probed& probed : sources) {
    if (&probed != sources.data()) text += ",\n";
    text += json_source(probed);
  }
  return text + "\n  ]\n}\n";
}

std::string sample_text(const Instant& now, std::span<const Series> series,
                        std::span<const Cell> cells) {
  const Metric& uptime = metric(MetricId::host_uptime);
  std::vector<std::pair<std::string, std::string>> rows{
      {std::string{uptime.name}, seconds(now.boottime)}};
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Metric& family = metric(signal(series[i].signal).metric);
    rows.emplace_back(title(series[i], family), value_text(cells[i], family, "-"));
  }
  std::size_t width = 0;
  for (const auto& [name, value] : rows) width = std::max(width, name.size() + 2);
  std::string text;
  for (const auto& [name, value] : rows) text += padded(name, width) + value + "\n";
  return text;
}

std::string sample_json(const Instant& now, std::span<const Series> series,
                        std::span<const Cell> cells) {
  std::string text =
      "{\n  \"timestamp_seconds\": " + decimal_text(now.wall.time_since_epoch().count(), 3) +
      ",\n  \"uptime_seconds\": " + seconds(now.boottime) +
      ",\n  \"asleep_seconds\": " + seconds(now.asleep) + ",\n  \"values\": [";
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Metric& family = metric(signal(series[i].signal).metric);
    text += (i == 0 ? "\n    {\"metric\": " : ",\n    {\"metric\": ") + json_text(family.name) +
            ", \"instance\": " + json_text(series[i].instance) +
            ", \"value\": " + value_text(cells[i], family, "null") + "}";
  }
  return text + "\n  ]\n}\n";
}

}  // namespace sobriety::agent
