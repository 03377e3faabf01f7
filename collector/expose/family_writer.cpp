#include "collector/expose/family_writer.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <string_view>

namespace sobriety::collector {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

struct MoreLabel {
  std::string_view name;
  std::string_view value;
};

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

// OpenMetrics wants the bounds of buckets as floats: 2.0.
std::string bound(double value, Format format) {
  std::string text = number(value);
  if (format == Format::openmetrics && std::isfinite(value) &&
      text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text;
}

void write_label(std::string& out, std::string_view name, std::string_view value) {
  out += out.back() == '{' ? "" : ",";
  out += name;
  out += "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '\n' || c == '"') out += '\\';
    out += c == '\n' ? 'n' : c;
  }
  out += '"';
}

void write_sample(std::string& out, std::string_view name, std::string_view suffix,
                  const ClientMetric& metric, const std::string& value,
                  const MoreLabel* more = nullptr) {
  out += name;
  out += suffix;
  if (!metric.label.empty() || more != nullptr) {
    out += '{';
    for (const auto& label : metric.label) write_label(out, label.name, label.value);
    if (more != nullptr) write_label(out, more->name, more->value);
    out += '}';
  }
  out += ' ';
  out += value;
  out += '\n';
}

void write_histogram(std::string& out, const std::string& name, const ClientMetric& metric,
                     Format format) {
  const auto count = std::to_string(metric.histogram.sample_count);
  double last = -HUGE_VAL;
  for (const auto& bucket : metric.histogram.bucket) {
    last = bucket.upper_bound;
    const std::string text = bound(last, format);
    const MoreLabel le{"le", text};
    write_sample(out, name, "_bucket", metric, std::to_string(bucket.cumulative_count), &le);
  }
  const MoreLabel all{"le", "+Inf"};
  if (!std::isinf(last) || last < 0) write_sample(out, name, "_bucket", metric, count, &all);
  write_sample(out, name, "_sum", metric, number(metric.histogram.sample_sum));
  write_sample(out, name, "_count", metric, count);
}

std::string_view type_of(const MetricFamily& family) {
  switch (family.type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Histogram:
      return "histogram";
    default:
      assert(family.type == MetricType::Gauge);
      return "gauge";
  }
}

}  // namespace

void write_families(std::string& out, std::span<const MetricFamily> families, Format format) {
  for (const MetricFamily& family : families) {
    write_head(out, {family.name, type_of(family), family.help}, format);
    for (const ClientMetric& metric : family.metric) {
      if (family.type == MetricType::Histogram)
        write_histogram(out, family.name, metric, format);
      else
        write_sample(
            out, family.name, "", metric,
            number(family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value));
    }
  }
}

}  // namespace sobriety::collector
